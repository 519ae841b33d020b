"""VAT numbers with correct check digits, made from a running number."""

from __future__ import annotations


def _luhn(digits: str) -> int:
    """The digit that, appended, makes the Luhn sum a multiple of ten."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def _german(body: str) -> str:
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return f"DE{body}{(11 - product) % 10}"


def _austrian(body: str) -> str:
    total = 0
    for place, digit in enumerate(body):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return f"ATU{body}{(6 - total) % 10}"


def _danish(body: int) -> str:
    for number in range(body, body + 100):
        digits = str(number)
        if sum(int(d) * w for d, w in zip(digits, (2, 7, 6, 5, 4, 3, 2, 1), strict=True)) % 11 == 0:
            return f"DK{digits}"
    return ""


def _british(body: str) -> str:
    total = sum(int(d) * w for d, w in zip(body, (8, 7, 6, 5, 4, 3, 2), strict=True))
    return f"GB{body}{97 - total % 97:02d}"


def vat_number(country: str, number: int) -> str:
    """The VAT number of a country's `number`-th company; empty where there is none (US, CN)."""
    seven = f"{2_000_000 + number % 7_000_000}"
    if country == "DE":
        return _german(f"1{seven}")
    if country == "AT":
        return _austrian(seven)
    if country == "FR":
        siren = f"4{seven}"
        siren += str(_luhn(siren))
        return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"
    if country == "ES":
        return f"ESB{seven}{_luhn(seven)}"
    if country == "DK":
        return _danish(20_000_000 + number * 100 % 70_000_000)
    if country == "GB":
        return _british(seven)
    return ""
