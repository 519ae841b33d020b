"""Accounts and orders in the shape of WooCommerce's REST API, version 3."""

from __future__ import annotations

from random import Random
from typing import Any

from throughline.demo_data.clock import berlin_offset, iso
from throughline.demo_data.words import Country
from throughline.demo_data.writing import Written, street_line

Object = dict[str, Any]
STATUSES = ("completed", "completed", "completed", "processing", "on-hold", "refunded", "cancelled")
# name, sku, price in cents
PRODUCTS = (
    ("Desk lamp Arc", "LAMP-ARC", 3990),
    ("Desk lamp Arc, brass", "LAMP-ARC-B", 5490),
    ("Pendant lamp Dome 30", "DOME-30", 8900),
    ("Pendant lamp Dome 50", "DOME-50", 12900),
    ("Floor lamp Tripod", "TRIPOD-1", 14900),
    ("Wall light Stripe", "STRIPE-W", 6400),
    ("Ceiling light Disc", "DISC-C", 7900),
    ("Outdoor light Bollard", "BOLLARD-O", 11900),
    ("LED bulb E27 warm, 3 pcs", "LED-E27-3W", 1290),
    ("LED bulb E14 warm, 3 pcs", "LED-E14-3W", 1190),
    ("LED strip 5 m", "STRIP-5M", 2490),
    ("Dimmer, two-way", "DIM-2", 3290),
    ("Motion sensor", "SENSOR-M", 2790),
    ("Textile cable, red", "CABLE-R", 990),
    ("Canopy, black", "CANOPY-BK", 1490),
)


def address(written: Written, country: Country) -> Object:
    return {
        "first_name": written.given,
        "last_name": written.family,
        "company": written.company,
        "address_1": street_line(written, country.number_first),
        "address_2": "",
        "city": written.city,
        "state": "",
        "postcode": written.postcode,
        "country": country.code,
    }


def _times(name: str, seconds: int | None) -> Object:
    if seconds is None:
        return {name: None, f"{name}_gmt": None}
    return {name: iso(seconds + berlin_offset(seconds)), f"{name}_gmt": iso(seconds)}


def account(
    number: int, written: Written, country: Country, created: int, birth_date: str
) -> Object:
    """An account; the shop asks for the birth date in a field of its own, and few give it."""
    place = address(written, country)
    return {
        "id": number,
        **_times("date_created", created),
        **_times("date_modified", created),
        "email": written.email,
        "first_name": written.given,
        "last_name": written.family,
        "role": "customer",
        "username": f"{written.email.partition('@')[0].lower()}{number}",
        "billing": {**place, "email": written.email, "phone": written.phone},
        "shipping": {**place, "phone": ""},
        "is_paying_customer": True,
        "avatar_url": "",
        "meta_data": [{"id": number * 2, "key": "billing_birth_date", "value": birth_date}]
        if birth_date
        else [],
    }


def basket(rng: Random, mean_lines: float) -> list[tuple[int, int]]:
    """Products (their place in PRODUCTS) with quantities."""
    lines = 1
    while lines < 5 and rng.random() < 1 - 1 / mean_lines:
        lines += 1
    return [(rng.randrange(len(PRODUCTS)), 1 + (rng.random() < 0.25)) for _ in range(lines)]


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _line(number: int, product: int, quantity: int) -> Object:
    name, sku, price = PRODUCTS[product]
    return {
        "id": number,
        "name": name,
        "product_id": 10 + product,
        "variation_id": 0,
        "quantity": quantity,
        "tax_class": "",
        "subtotal": _money(price * quantity),
        "subtotal_tax": "0.00",
        "total": _money(price * quantity),
        "total_tax": "0.00",
        "taxes": [],
        "meta_data": [],
        "sku": sku,
        "price": price / 100,
    }


def order(
    number: int,
    customer: int,
    written: Written,
    country: Country,
    lines: list[tuple[int, int]],
    created: int,
    status: str,
) -> Object:
    """An order; `customer` is the account's id, 0 for a guest."""
    total = sum(PRODUCTS[product][2] * quantity for product, quantity in lines)
    place = address(written, country)
    modified = created + 3_600 * (2 + number % 90)
    return {
        "id": number,
        "parent_id": 0,
        "status": status,
        "currency": "EUR",
        "version": "11.0.1",
        "prices_include_tax": True,
        **_times("date_created", created),
        **_times("date_modified", modified),
        "discount_total": "0.00",
        "shipping_total": "0.00",
        "total": _money(total),
        "total_tax": "0.00",
        "customer_id": customer,
        "order_key": f"wc_order_{number * 2_654_435_761 % 2**40:010x}",
        "billing": {**place, "email": written.email, "phone": written.phone},
        "shipping": {**place, "phone": ""},
        "payment_method": "bacs",
        "payment_method_title": "Überweisung",
        "transaction_id": "",
        "created_via": "checkout",
        "customer_note": "",
        **_times("date_completed", modified if status == "completed" else None),
        **_times("date_paid", created + 60 if status in ("completed", "processing") else None),
        "number": str(number),
        "meta_data": [],
        "line_items": [
            _line(number * 8 + at, product, quantity)
            for at, (product, quantity) in enumerate(lines)
        ],
        "tax_lines": [],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
    }


def modified(record: Object, seconds: int) -> Object:
    """The same object with a new time of change."""
    return {**record, **_times("date_modified", seconds)}


def deleted(number: int) -> Object:
    return {"id": number, "deleted": True}
