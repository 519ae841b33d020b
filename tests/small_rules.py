"""The rules and settings of a small home: the plain ones, and others that a history changes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import yaml

SHIPPED = {
    "accounts": "webshop/woocommerce_customers.yaml",
    "orders": "webshop/woocommerce_orders.yaml",
    "partners": "erp/erp_partners.yaml",
    "invoices": "erp/erp_invoices.yaml",
    "messages": "email/mbox_messages.yaml",
    "calls": "telephony/asterisk_calls.yaml",
}
# `broken: x` is no number, so `when` fails and the record is refused
WHEN = "coalesce(tl_text(broken), '0')::INT = 0"
PEOPLE = f"""
rules:
  - record: party
    key: code
    when: "{WHEN}"
    set:
      kind: {{value: person}}
      given_name: {{from: given, apply: [name]}}
      family_name: {{from: family, apply: [name]}}
      emails: [{{from: email, apply: [email]}}]
      phones: [{{from: phone, apply: [phone]}}]
      birth_date: {{from: birth, apply: [date]}}
"""
BREAKABLE = {
    "accounts": ("coalesce(role,", f"{WHEN} AND coalesce(role,"),
    "orders": ("coalesce(status, '') NOT", f"{WHEN} AND coalesce(status, '') NOT"),
    "partners": ("- record: party", f'- record: party\n    when: "{WHEN}"'),
    "invoices": ("- record: invoice", f'- record: invoice\n    when: "{WHEN}"'),
}
"""What is replaced in the shipped rules, so that a record can be broken."""

CHANGED: Mapping[str, Sequence[tuple[str, str]]] = {
    "accounts": [
        ("        - {from: email, apply: [email]}\n", ""),
        ("coalesce(role,", "coalesce(last_name, '') <> 'Vos' AND coalesce(role,"),
        ("- record: party", '- record: party\n    key: {sql: "coalesce(tl_text(email), id)"}'),
    ],
    "orders": [
        ("- record: order", "- record: order\n    key: number"),
        ("'trash', ", ""),
        ("{sql: \"'guest:' || id\"}", "{sql: \"'guest:' || coalesce(billing.email, id)\"}"),
    ],
    "partners": [
        ("CASE WHEN type <> 'contact' THEN tl_text(vat) END", "tl_text(vat)"),
        ("CASE WHEN type = 'company' THEN 'organisation' ELSE 'person' END", "'person'"),
        ("- record: party", '- record: party\n    key: {sql: "coalesce(tl_text(vat), id)"}'),
    ],
    "invoices": [("apply: [decimal]", "apply: [decimal], format: '1.234,56'")],
    "people": [
        ("{from: given, apply: [name]}", "given"),
        ("birth_date:", "language: {value: de}\n      birth_date:"),
    ],
    "messages": [
        ("CASE WHEN handed_on THEN reply_name ELSE from_name END", "NULL"),
        ("CASE WHEN handed_on THEN reply_address ELSE from_address END", "from_address"),
    ],
    "calls": [
        ('regexp_extract(clid, \'"([^"]+)"\', 1)', "NULL"),
        ("group_by: call", 'group_by: call\n    when: "billsec::INT < 2"'),
    ],
}
"""Other rules for each stream, each as what is replaced in its plain ones."""

REFUSING = {("accounts", 3), ("orders", 1), ("orders", 3), ("partners", 3), ("calls", 2)}
"""Which of them (counted from 1) refuse records that the plain ones take."""

SETTINGS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "identity": [
        {},
        {"thresholds": {"match": 6, "review": -1}},
        {"blocking_keys": {"names": 2, "profiles": 3}},
        {"guards": {"exclusive_identifiers": [], "free_of_duplicates": ["shop/accounts"]}},
        {"ceiling": 3, "nameless": {"uses_ratio": 1}},
        {"start": -6},
    ],
    "survivorship": [
        {},
        {"systems": ["email", "crm", "shop"]},
        {"fields": {"emails": {"aggregate": True, "prefer": ["most_recent"]}}},
    ],
    "organisation": [
        {},
        {"domains": ["ours.example", "partner.de"]},
        {"staff": [{"name": "Bernd Voss", "email": "voss@post.de"}], "numbers": ["+4940771122"]},
        {"extensions": ["201"], "no_reply": ["voss@"]},
    ],
    "defaults": [{}, {"region": "AT"}, {"time_zone": "UTC", "currency": "CHF"}],
}
"""What the home's files may say beside the plain; the first of each is nothing."""


def mapping_rule(stream: str, variant: int) -> str:
    """Return a stream's mapping rules: 0 are the plain ones, others those of CHANGED."""
    text = PEOPLE
    if stream in SHIPPED:
        text = (files("throughline_rules") / SHIPPED[stream]).read_text("utf-8")
    replaced = [BREAKABLE[stream]] if stream in BREAKABLE else []
    for old, new in [*replaced, *CHANGED[stream][variant - 1 : variant]]:
        assert old in text, f"{stream}: {old}"
        text = text.replace(old, new)
    return text


def setting(name: str, variant: int) -> Mapping[str, Any]:
    """Return one of SETTINGS as the home's file has it; limits hold for each shipped key."""
    chosen = SETTINGS[name][variant]
    if "blocking_keys" not in chosen:
        return chosen
    shipped = yaml.safe_load((files("throughline_rules") / "identity.yaml").read_text("utf-8"))
    limits, keys = chosen["blocking_keys"], shipped["blocking_keys"]
    return {"blocking_keys": {kind: {**key, **limits} for kind, key in keys.items()}}
