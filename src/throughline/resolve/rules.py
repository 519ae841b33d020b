"""The identity rules: blocking keys, weights, decisions and guards, read from YAML and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from throughline.errors import InvalidHomeError, Mistake

FILE = "identity.yaml"
DECISIONS = ("match", "attach", "possible", "refused", "none")
LEVELS = {
    "given": ("same", "close", "initial", "different"),
    "family": ("same", "close", "initial", "different"),
    "name": ("rare",),
    "organisation": ("own", "close", "employer", "different"),
    "email": ("same", "close", "local", "common", "different"),
    "phone": ("same", "close", "common", "different"),
    "address": ("same", "close", "postcode", "city", "different"),
    "birth_date": ("same", "close", "different"),
    "identifier": ("same",),
    "holder": ("given", "family", "organisation"),
}


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
    document: dict[str, Any] = yaml.safe_load(package.joinpath(FILE).read_text("utf-8"))
    source = f"mapping_rules/throughline_rules/{FILE}"
    mistakes: list[tuple[str, str]] = []
    if folder is not None and (folder / FILE).exists():
        source = str(folder / FILE)
        own = yaml.safe_load((folder / FILE).read_text("utf-8")) or {}
        for name in own:
            if name not in document:
                mistakes.append((f"$.{name}", f"no such member{_nearest(name, document)}"))
        document.update(own)
    nicknames = _nicknames(package.joinpath("nicknames.txt").read_text("utf-8"))
    mistakes += _mistakes(document)
    if mistakes:
        raise InvalidHomeError(
            [Mistake(file=source, line=1, path=path, message=text) for path, text in mistakes]
        )
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


def _mistakes(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return path and message of what can't be right."""
    found: list[tuple[str, str]] = []
    for name, settings in document["blocking_keys"].items():
        if not isinstance(settings, dict) or set(settings) != {"values", "names", "profiles"}:
            found.append((f"$.blocking_keys.{name}", "expected values, names and profiles"))
    if len(document["blocking_keys"]) > 16:
        found.append(("$.blocking_keys", "at most 16 kinds of keys"))
    for name, levels in document["weights"].items():
        if name not in LEVELS:
            found.append((f"$.weights.{name}", f"no such field{_nearest(name, LEVELS)}"))
            continue
        for level in levels:
            if level not in LEVELS[name]:
                hint = _nearest(level, LEVELS[name])
                found.append((f"$.weights.{name}.{level}", f"no such level{hint}"))
    for name, settings in document["rules"].items():
        if not isinstance(settings, dict) or set(settings) != {"when", "decision"}:
            found.append((f"$.rules.{name}", "expected when and decision"))
        elif settings["decision"] not in DECISIONS:
            hint = _nearest(settings["decision"], DECISIONS)
            found.append((f"$.rules.{name}.decision", f"not a decision{hint}"))
    return found


def _nearest(name: str, known: Any) -> str:
    near = get_close_matches(str(name), [str(one) for one in known], n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _nicknames(text: str) -> dict[str, tuple[str, ...]]:
    """Read `elisabeth: lisa, elli` lines; a short form of several names stands for all of them."""
    full: dict[str, set[str]] = {}
    for line in text.splitlines():
        name, _, shorts = line.partition("#")[0].partition(":")
        for short in shorts.split(","):
            if short.strip():
                full.setdefault(short.strip(), set()).add(name.strip())
    return {short: tuple(sorted(names | {short})) for short, names in full.items()}
