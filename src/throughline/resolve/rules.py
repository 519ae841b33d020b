"""The identity rules: blocking keys, weights, decisions and guards, read from YAML and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from throughline.home.rule_files import own_part
from throughline.home.yaml_positions import read_document

FILE = "identity.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRule:
    """One kind of blocking key: `values` is SQL over a profile's evidence that gives a list."""

    name: str
    number: int
    values: str
    names: int
    profiles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A rule that decides a pair without its score, where `when` (SQL over the levels) holds."""

    name: str
    when: str
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRules:
    """What makes two parties one customer; `fingerprint` changes with anything that matters."""

    fingerprint: str
    words: Mapping[str, tuple[str, ...]] = field(repr=False)
    nicknames: Mapping[str, tuple[str, ...]] = field(repr=False)
    junk: Mapping[str, str] = field(repr=False)
    blocking_keys: tuple[KeyRule, ...]
    start: float
    weights: Mapping[str, Mapping[str, float]]
    verdicts: tuple[Verdict, ...]
    match: float
    review: float
    exclusive_identifiers: tuple[str, ...]
    free_of_duplicates: tuple[str, ...]
    uses_ratio: float
    ceiling: int


def load_identity_rules(folder: Path | None = None) -> IdentityRules:
    """Return the default rules; a file identity.yaml in `folder` replaces members by name.

    Raises InvalidHomeError with every mistake in them.
    """
    package = files("throughline_rules")
    document: dict[str, Any] = read_document(package.joinpath(FILE), FILE).value
    if folder is not None:
        document |= own_part(folder, "identity")
    nicknames = _nicknames(package.joinpath("nicknames.txt").read_text("utf-8"))
    return _compile(document, nicknames)


def _compile(
    document: Mapping[str, Any], nicknames: Mapping[str, tuple[str, ...]]
) -> IdentityRules:
    text = json.dumps([document, nicknames], sort_keys=True, ensure_ascii=False)
    return IdentityRules(
        fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16],
        words={name: tuple(words) for name, words in document["words"].items()},
        nicknames=nicknames,
        junk=document["junk"],
        blocking_keys=tuple(
            KeyRule(name=name, number=number, **settings)
            for number, (name, settings) in enumerate(document["blocking_keys"].items())
        ),
        start=float(document["start"]),
        weights=document["weights"],
        verdicts=tuple(
            Verdict(name=name, **settings) for name, settings in document["rules"].items()
        ),
        match=float(document["thresholds"]["match"]),
        review=float(document["thresholds"]["review"]),
        exclusive_identifiers=tuple(document["guards"]["exclusive_identifiers"]),
        free_of_duplicates=tuple(document["guards"]["free_of_duplicates"]),
        uses_ratio=float(document["nameless"]["uses_ratio"]),
        ceiling=int(document["ceiling"]),
    )


def _nicknames(text: str) -> dict[str, tuple[str, ...]]:
    """Read `elisabeth: lisa, elli` lines; a short form of several names stands for all of them."""
    full: dict[str, set[str]] = {}
    for line in text.splitlines():
        name, _, shorts = line.partition("#")[0].partition(":")
        for short in shorts.split(","):
            if short.strip():
                full.setdefault(short.strip(), set()).add(name.strip())
    return {short: tuple(sorted(names | {short})) for short, names in full.items()}
