"""Which of Tryton's models make a stream, and which of their fields are read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """Rows that belong to a record: they become its `member`; `parent` names the record."""

    model: str
    member: str
    parent: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A model whose rows are a stream's records, with the children that are read into them."""

    model: str
    fields: tuple[str, ...]
    children: tuple[Child, ...] = ()


MONEY = ("currency.code", "untaxed_amount", "tax_amount", "total_amount")
TIMES = ("create_date", "write_date")

STREAMS = {
    "parties": Root(
        model="party.party",
        fields=("code", "name", "lang.code", "active", "replaced_by", *TIMES),
        children=(
            Child(
                model="party.address",
                member="addresses",
                parent="party",
                fields=(
                    "party_name", "street", "postal_code", "city", "country.code",
                    "subdivision.name", "active",
                ),
            ),
            Child(
                model="party.contact_mechanism",
                member="contact_mechanisms",
                parent="party",
                fields=("type", "value", "name", "active"),
            ),
            Child(
                model="party.identifier",
                member="identifiers",
                parent="party",
                fields=("type", "code", "active"),
            ),
        ),
    ),
    "sales": Root(
        model="sale.sale",
        fields=("number", "reference", "state", "sale_date", "party", *MONEY, *TIMES),
        children=(
            Child(
                model="sale.line",
                member="lines",
                parent="sale",
                fields=(
                    "type", "product.code", "product.name", "description", "quantity",
                    "unit_price", "amount",
                ),
            ),
        ),
    ),
    "invoices": Root(
        model="account.invoice",
        fields=("number", "reference", "type", "state", "invoice_date", "party", *MONEY, *TIMES),
    ),
}  # fmt: skip
