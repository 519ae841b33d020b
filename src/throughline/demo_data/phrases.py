"""What customers and staff write in six languages, and how mail clients announce a quotation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """One language; texts have the fields product and order, `wrote` d, t, name and address.

    `original` holds the words of Outlook's quoted header: mark, from, sent, to, subject.
    """

    subjects: tuple[str, ...]
    openings: tuple[str, ...]
    bodies: tuple[str, ...]
    answers: tuple[str, ...]
    thanks: tuple[str, ...]
    closing: str
    reply: str
    wrote: str
    original: tuple[str, ...]


@cache
def phrases(language: str) -> Phrases:
    """The phrases of a language by its BCP 47 tag; the package's word list is read once."""
    text = (files(__package__) / "words" / "phrases.yaml").read_text(encoding="utf-8")
    words = yaml.safe_load(text)[language]
    return Phrases(
        subjects=tuple(words["subjects"]),
        openings=tuple(words["openings"]),
        bodies=tuple(words["bodies"]),
        answers=tuple(words["answers"]),
        thanks=tuple(words["thanks"]),
        closing=words["closing"],
        reply=words["reply"],
        wrote=words["wrote"],
        original=tuple(words["original"]),
    )
