"""What a message says: the text chosen from its parts, forwarded messages, and attachments."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from throughline_email.charsets import decode
from throughline_email.flowed import unflow
from throughline_email.headers import words
from throughline_email.parts import Part

TEXT_CUT = "text_cut"
LONGEST_TEXT = 4_000_000
_SHOWN = ("from", "date", "to", "subject")


@dataclass(slots=True, kw_only=True)
class Content:
    """What was found so far while a message's parts were walked.

    `certified`: a message of certified mail (PEC), whose own text tells only that it was sent; what
    the person wrote is the message in it.
    """

    reference: str
    certified: bool = False
    texts: list[str] = field(default_factory=list, repr=False)
    forwarded: list[str] = field(default_factory=list, repr=False)
    attachments: list[dict[str, Any]] = field(default_factory=list, repr=False)
    charset: str | None = None
    html: bool = False
    plain: bool = False
    flags: set[str] = field(default_factory=set)

    def add(self, part: Part) -> None:
        """Take in a part and what is below it."""
        if part.headers is not None:
            self._add_forwarded(part)
        elif part.media_type == "multipart/alternative":
            self._add_alternative(part)
        elif part.children:
            for child in part.children:
                self.add(child)
        elif _is_text(part, named=not self.texts and not self.attachments):
            self._add_text(part)
        else:
            self._attach(part, part.content(self.flags))

    def _add_text(self, part: Part) -> None:
        text, charset, found = decode(part.content(self.flags), part.charset)
        self.flags.update(found)
        self.charset = self.charset or charset
        if part.media_type == "text/html":
            self.html = True
            from throughline_email.html_text import html_to_text  # noqa: PLC0415  # slow to load

            text = html_to_text(text)
        elif text.strip():
            self.plain = True
            if part.flowed:
                text = unflow(text, delete_blank=part.delete_blank)
        if len(text) > LONGEST_TEXT:
            self.flags.add(TEXT_CUT)
            text = text[:LONGEST_TEXT]
        self.texts.append(text)

    def _add_alternative(self, part: Part) -> None:
        """Take the plain text; HTML where there is none. Attachments among them are kept."""
        written: list[Part] = []
        others: list[Part] = []
        for one in _leaves(part):
            if _is_text(one, named=one.media_type not in {other.media_type for other in written}):
                written.append(one)
            else:
                others.append(one)
        plain = [one for one in written if one.media_type != "text/html"]
        for one in plain:
            self._add_text(one)
        if not any(text.strip() for text in self.texts[len(self.texts) - len(plain) :]):
            for one in written:
                if one.media_type == "text/html":
                    self._add_text(one)
        for one in others:
            self._attach(one, one.content(self.flags))

    def _add_forwarded(self, part: Part) -> None:
        """Keep a message inside the message: its words as quoted text, itself as an attachment."""
        head = [
            f"{name.capitalize()}: {words(part.headers.first(name), self.flags)}"
            for name in _SHOWN
            if part.headers is not None and part.headers.first(name)
        ]
        inner = Content(reference=self.reference, flags=self.flags)
        for child in part.children:
            inner.add(child)
        if self.certified:
            self.forwarded += [*self.texts, *inner.forwarded]
            self.texts, self.certified = inner.texts, False
            self.charset, self.html, self.plain = inner.charset, inner.html, inner.plain
        else:
            body = "\n".join(text for text in (*inner.texts, *inner.forwarded) if text)
            self.forwarded.append("\n".join(head) + "\n\n" + body)
        self._attach(part, part.content(self.flags))
        self.attachments.extend(inner.attachments)

    def _attach(self, part: Part, content: bytes) -> None:
        self.attachments.append(
            {
                "name": part.name,
                "media_type": part.media_type,
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "reference": f"{self.reference}#{part.number}",
            }
        )


def _is_text(part: Part, *, named: bool) -> bool:
    """Tell a part that is read from one that is attached, as one with a name is unless `named`."""
    if part.media_type not in ("text/plain", "text/html") or part.attached:
        return False
    return named or not part.name


def _leaves(part: Part) -> Iterator[Part]:
    if part.children and part.headers is None:
        for child in part.children:
            yield from _leaves(child)
    else:
        yield part
