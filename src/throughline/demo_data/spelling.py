"""How people and systems write the same value differently: typing errors, umlauts, telephones."""

from __future__ import annotations

from random import Random

from throughline.demo_data.words import Country

_NEAR = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o",
    "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "zi", "v": "cb", "w": "qe", "x": "yc",
    "y": "xt", "z": "tu",
}  # fmt: skip
_SPELT_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "oe",
     "å": "aa", "æ": "ae", "Ø": "Oe", "Å": "Aa", "Æ": "Ae"}
)  # fmt: skip
_BARE = str.maketrans(
    "äöüÄÖÜéèêëáàâãíìîïóòôõúùûñçÉÈÁÀÍÓÚÑÇøåØÅÿışŞğŁł",
    "aouAOUeeeeaaaaiiiioooouuuncEEAAIOUNCoaOAyisSgLl",
    "",
) | {ord("ß"): "ss", ord("æ"): "ae", ord("Æ"): "Ae"}


def spelt_out(text: str) -> str:
    """Mueller for Müller, Soerensen for Sørensen; other accents are dropped."""
    return text.translate(_SPELT_OUT).translate(_BARE)


def bare(text: str) -> str:
    """Muller for Müller."""
    return text.translate(_BARE)


def mistyped(text: str, rng: Random, second: float = 0.0) -> str:
    """One typing error (omission, doubling, neighbour key, swap), never in the first character."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    kind = rng.random()
    letter = text[at]
    if kind < 0.34:
        text = text[:at] + text[at + 1 :]
    elif kind < 0.60:
        text = text[:at] + letter + text[at:]
    elif kind < 0.85 or letter == text[at + 1]:
        near = _NEAR.get(letter.lower())
        other = str((int(letter) + 1) % 10) if letter.isdigit() else rng.choice(near or "e")
        text = text[:at] + other + text[at + 1 :]
    else:
        text = text[:at] + text[at + 1] + letter + text[at + 2 :]
    return mistyped(text, rng) if second and rng.random() < second else text


def mistyped_digits(digits: str, rng: Random) -> str:
    """One digit wrong, or two neighbours swapped, in the last six: the number keeps its length."""
    at = len(digits) - rng.randrange(2, 7)
    if rng.random() < 0.4 and digits[at] != digits[at + 1]:
        return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    other = str((int(digits[at]) + rng.randrange(1, 9)) % 10)
    return digits[:at] + other + digits[at + 1 :]


def mistyped_email(address: str, rng: Random) -> str:
    local, _, domain = address.partition("@")
    if rng.random() < 0.5:
        return f"{mistyped(local, rng)}@{domain}"
    name, _, ending = domain.rpartition(".")
    if rng.random() < 0.25:
        return f"{local}@{name}.{ending[:-1] if len(ending) > 2 else ending + 'e'}"
    return f"{local}@{mistyped(name, rng)}.{ending}"


def international(country: Country, number: str) -> str:
    """E.164 of a national significant number (kept without trunk prefix everywhere)."""
    return f"+{country.dial}{number}"


def trunk_prefix(country: Country, number: str) -> str:
    """What is dialled before the area code; Chinese mobile numbers take none."""
    chinese_mobile = country.code == "CN" and len(number) == 11 and number.startswith("1")
    return "" if chinese_mobile else country.trunk


def national(country: Country, number: str, rng: Random) -> str:
    """The number as people of its own country write it."""
    style = rng.random()
    cut = 3 if len(number) > 9 else 2
    head, tail = trunk_prefix(country, number) + number[:cut], number[cut:]
    if style < 0.35:
        return head + tail
    if style < 0.65:
        return f"{head} {tail}"
    if style < 0.85:
        return f"{head}/{tail}" if country.language == "de" else f"{head}-{tail}"
    return f"({head}) {tail[:3]} {tail[3:]}"


def written_phone(country: Country, number: str, rng: Random, abroad: bool) -> str:
    """A number as somebody types it into a form; `abroad`: seen from another country."""
    style = rng.random()
    if abroad or style < 0.45:
        mark = "+" if rng.random() < 0.75 else "00"
        if rng.random() < 0.5:
            return f"{mark}{country.dial}{number}"
        cut = 3 if len(number) > 9 else 2
        zero = "(0)" if country.trunk and rng.random() < 0.15 else ""
        return f"{mark}{country.dial} {zero}{number[:cut]} {number[cut:]}"
    return national(country, number, rng)
