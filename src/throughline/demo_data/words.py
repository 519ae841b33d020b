"""The countries of the demo's people: names, addresses, telephones, read from word lists."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Any, Generic, TypeVar

import yaml

T = TypeVar("T")


class Choice(Generic[T]):
    """Values drawn by weight, by one bisection of a uniform number."""

    __slots__ = ("_last", "_sums", "values")

    def __init__(self, values: Sequence[T], weights: Sequence[float]) -> None:
        total = sum(weights)
        self.values = tuple(values)
        self._sums = list(accumulate(weight / total for weight in weights))
        self._last = len(self.values) - 1

    def pick(self, rng: Random) -> T:
        return self.values[min(bisect_right(self._sums, rng.random()), self._last)]


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city with the range of its postal codes and its area code (without the trunk prefix)."""

    name: str
    native: str
    postcode_from: str
    postcode_to: str
    area: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """What the generator needs to know of one country; native forms differ for China alone."""

    code: str
    language: str
    dial: str
    trunk: str
    mobile: tuple[str, ...]
    given_f: Choice[tuple[str, str]]
    given_m: Choice[tuple[str, str]]
    family: Choice[tuple[str, str]]
    nicknames: Mapping[str, tuple[str, ...]]
    streets: tuple[tuple[str, str], ...]
    cities: Choice[City]
    domains: Choice[str]
    companies: tuple[tuple[str, str], ...]
    forms: Choice[tuple[str, str]]
    number_first: bool


_COMPOSED_NAMES = 1800


def _sections(name: str) -> dict[str, list[str]]:
    text = (files(__package__) / "words" / f"{name}.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            words = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            words.extend(line.split())
    return found


def _pair(word: str) -> tuple[str, str]:
    native, _, latin = word.replace("_", " ").partition("=")
    return (latin, native) if latin else (native, "")


def _zipf(words: Sequence[tuple[str, str]], flat: float) -> Choice[tuple[str, str]]:
    return Choice(words, [1.0 / (rank + flat) for rank in range(1, len(words) + 1)])


def _family_names(words: Mapping[str, list[str]], flat: float) -> Choice[tuple[str, str]]:
    """The listed names by rank, then names composed of stem and ending in a fixed shuffle."""
    listed = [_pair(word) for word in words["family"]]
    composed = sorted({s + e for s in words.get("stems", []) for e in words.get("endings", [])})
    Random(1).shuffle(composed)
    known = {name for name, _ in listed}
    tail = [(name.replace("_", ""), "") for name in composed if name not in known]
    return _zipf(listed + tail[:_COMPOSED_NAMES], flat)


def _cities(words: Sequence[str]) -> Choice[City]:
    cities, weights = [], []
    for word in words:
        name, low, high, area, weight = word.split("|")
        latin, native = _pair(name)
        cities.append(
            City(name=latin, native=native, postcode_from=low, postcode_to=high, area=area)
        )
        weights.append(float(weight))
    return Choice(cities, weights)


def _weighted(words: Sequence[str]) -> tuple[list[str], list[float]]:
    split = [word.rsplit("|", 1) for word in words]
    return [value for value, _ in split], [float(weight) for _, weight in split]


@cache
def _specs() -> dict[str, dict[str, Any]]:
    text = (files(__package__) / "words" / "countries.yaml").read_text(encoding="utf-8")
    specs: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return specs


@cache
def country(code: str) -> Country:
    """One country by its ISO 3166 code; read from the package's word lists once."""
    spec = _specs()[code]
    words = _sections(code.lower())
    if "words" in spec:
        words = {**_sections(spec["words"]), **words}
    forms, form_weights = _weighted(words["forms"])
    domains, domain_weights = _weighted(words["domains"])
    return Country(
        code=code,
        language=spec["language"],
        dial=spec["dial"],
        trunk=spec["trunk"],
        mobile=tuple(spec["mobile"].split()),
        given_f=_zipf([_pair(word) for word in words["given_f"]], 10),
        given_m=_zipf([_pair(word) for word in words["given_m"]], 10),
        family=_family_names(words, spec["flat"]),
        nicknames={
            name: tuple(short.split(","))
            for name, _, short in (word.partition("=") for word in words["nicknames"])
        },
        streets=tuple(_pair(word) for word in words["streets"]),
        cities=_cities(words["cities"]),
        domains=Choice(domains, domain_weights),
        companies=tuple(_pair(word) for word in words["companies"]),
        forms=Choice([_pair(form) for form in forms], form_weights),
        number_first=spec["number_first"],
    )


@cache
def countries() -> Choice[Country]:
    """All countries, drawn by their share of the people."""
    specs = _specs()
    return Choice([country(code) for code in specs], [spec["share"] for spec in specs.values()])
