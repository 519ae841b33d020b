"""Fill an empty Tryton with a small company's records, by Tryton's own client library.

Runs in Tryton's environment, not in ours: `TRYTOND_CONFIG=FILE python tryton_demo.py DATABASE`.
"""

# mypy: ignore-errors

import datetime
import sys
from decimal import Decimal

from proteus import Model, config
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
from trytond.modules.account_invoice.tests.tools import (
    create_payment_term,
    set_fiscalyear_invoice_sequences,
)
from trytond.modules.company.tests.tools import create_company

PARTIES = [
    {
        "name": "Jürgen Müller",
        "address": ("Torstraße 12", "10119", "Berlin", "DE"),
        "contacts": [("email", "juergen.mueller@example.com"), ("phone", "+49 30 901820")],
    },
    {
        "name": "张伟",
        "address": ("南京东路 100号", "200001", "上海市", "CN"),
        "contacts": [("email", "zhang.wei@example.com"), ("mobile", "+86 138 0013 8000")],
    },
    {
        "name": "Nordlicht Handels GmbH",
        "address": ("Am Hafen 3", "24103", "Kiel", "DE"),
        "contacts": [("email", "einkauf@nordlicht.example"), ("phone", "+49 431 560010")],
        "identifier": ("eu_vat", "DE136695976"),
    },
    {"name": "Nobody Reachable", "address": None, "contacts": []},
]


def add_countries():
    """Make the two countries that addresses name; return them by code."""
    country = Model.get("country.country")
    made = {}
    for name, code in (("Germany", "DE"), ("China", "CN")):
        made[code] = country(name=name, code=code)
        made[code].save()
    return made


def add_parties(countries):
    """Make the parties with their addresses, contact mechanisms and identifiers."""
    made = []
    for wanted in PARTIES:
        party = Model.get("party.party")(name=wanted["name"])
        if wanted["address"] is not None:
            (address,) = party.addresses or [party.addresses.new()]
            address.street_unstructured, address.postal_code, address.city, code = wanted["address"]
            address.country = countries[code]
        for kind, value in wanted["contacts"]:
            party.contact_mechanisms.new(type=kind, value=value)
        if "identifier" in wanted:
            kind, value = wanted["identifier"]
            party.identifiers.new(type=kind, code=value)
        party.save()
        made.append(party)
    return made


def add_product(accounts):
    """Make a product that can be sold."""
    category = Model.get("product.category")(name="Goods", accounting=True)
    category.account_expense, category.account_revenue = accounts["expense"], accounts["revenue"]
    category.save()
    (unit,) = Model.get("product.uom").find([("name", "=", "Unit")])
    template = Model.get("product.template")(name="Lamp", default_uom=unit, type="goods")
    template.salable, template.list_price, template.account_category = True, Decimal(10), category
    template.save()
    return template.products[0]


def add_sale(party, product, payment_term):
    """Sell two lamps; the order is confirmed and its invoice posted."""
    sale = Model.get("sale.sale")(party=party, payment_term=payment_term, invoice_method="order")
    sale.sale_date = datetime.date.today()
    line = sale.lines.new(product=product)
    line.quantity = 2.0
    for step in ("quote", "confirm", "process"):
        sale.click(step)
    for invoice in sale.invoices:
        invoice.invoice_date = datetime.date.today()
        invoice.click("post")


def main(database):
    """Make the company, its books, its parties, one sale and one invoice."""
    config.set_trytond(database=database)
    create_company()
    create_chart()
    year = set_fiscalyear_invoice_sequences(create_fiscalyear())
    year.save()
    year.click("create_period")
    parties = add_parties(add_countries())
    term = create_payment_term()
    term.save()
    add_sale(parties[0], add_product(get_accounts()), term)


if __name__ == "__main__":
    main(*sys.argv[1:])
