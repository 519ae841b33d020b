"""Tell what a person wrote from what the mail program quoted below, above or between it.

Two libraries were tried on twenty replies in eleven languages: mail-parser-reply 1.36 erred on
seven and needed 7.6 s for one hostile line of 20 kB; quotequail 0.5.4 lacks Italian, Chinese and
Japanese. Here every line is looked at once, by words (`reply_words`), in time linear to its length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from throughline_email.direction import without_marks
from throughline_email.reply_words import (
    BEGIN,
    FROM,
    OPENERS,
    ORIGINAL,
    SENT,
    SENT_FROM,
    WITH,
    WROTE,
)

_CJK = "\u2e80"
_ADDRESSED = re.compile(r"\d{1,2}[:.]\d{2}[^<]{0,200}<[^<>\s]+@[^<>\s]+>\s*[:：]$")
_ADDRESS = re.compile(r"<[^<>\s]+@[^<>\s]+>|\([^()\s]+@[^()\s]+\)")
_CLOCK = re.compile(r"(?<![\d.])\d{1,2}[:.h]\d{2}(?![\d.])")
_VERB = "|".join(word if word >= _CJK else rf"\b{word}\b" for word in WROTE)
_WROTE = re.compile(_VERB, re.IGNORECASE)
_AUTHOR = re.compile(
    rf"(?:\s(\S+)\s+(?:{_VERB})(?:\(\w+\))?|(?:{_VERB})\s+(\S[^:]*?))\s*[:：]$", re.IGNORECASE
)
_OPENS = re.compile(rf"(?:\d|(?:{'|'.join(OPENERS)})\b).*\d|[在于於].*\d", re.IGNORECASE)
_RULE = re.compile(r"\s*[_-]{5,}\s*$")
_HAS_CUE = re.compile(r"(?m)^[ \t]{0,9}[>*_-]|[:：]")
_LONGEST_INTRODUCTION = 400
_LONGEST_LABEL = 30
_LONGEST_SIGNATURE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A message's text in its three kinds; each line of the whole is in exactly one of them."""

    text: str = field(repr=False)
    quoted: str = field(default="", repr=False)
    signature: str = field(default="", repr=False)


def split_quotes(text: str) -> Body:
    """Split a message's text (lines ended by a line feed) into new, quoted and signature."""
    lines = text.split("\n")
    if not _HAS_CUE.search(text):
        return _with_signature(lines, [])
    new: list[str] = []
    quoted: list[str] = []
    written = [line.strip() for line in without_marks(text).split("\n")]
    index = 0
    while index < len(lines):
        if written[index][:1] == ">":
            quoted.append(lines[index])
            index += 1
            continue
        if _starts_rest(written, index):
            _take_rule(new, quoted)
            quoted.extend(lines[index:])
            break
        length = _introduction(written, index)
        if not length:
            new.append(lines[index])
            index += 1
            continue
        if _quoted_next(written, index + length):
            while not written[index + length]:
                length += 1
        else:
            length = len(lines)
        quoted.extend(lines[index : index + length])
        index += length
    return _with_signature(new, quoted)


def _starts_rest(written: list[str], index: int) -> bool:
    """Tell whether all from this line on is quoted, with or without marks."""
    line = written[index]
    if line[:2] == "--":
        return line.strip("- \t*:：").lower() in ORIGINAL
    if ":" in line[:_LONGEST_LABEL] or "：" in line[:_LONGEST_LABEL]:
        label = _label(line)
        if label in SENT and index + 1 < len(written):  # GMX and web.de tell the time first
            index += 1
            label = _label(written[index])
        if label in FROM:
            return _is_header_block(written[index : index + 9])
        return line[-1] in ":：" and line.strip("*_ ").lower() in BEGIN
    return False


def _is_header_block(lines: list[str]) -> bool:
    """Tell a quoted message's header from lines of a person (`From: Berlin`, `To: Munich`).

    It names an address, or when the message was sent.
    """
    labelled = [line for line in lines[1:] if _label(line) in WITH]
    if len(labelled) < 2:
        return False
    block = "\n".join([lines[0], *labelled])
    if "@" in block or any(_label(line) in SENT for line in labelled):
        return True
    return len(labelled) > 2 and _CLOCK.search(block) is not None


def _label(line: str) -> str:
    """Return the lower-case word before a line's first colon (`*From:* …` → `from`)."""
    start = line[:_LONGEST_LABEL].replace("：", ":")
    word, colon, _ = start.partition(":")
    return word.strip("*_ \t\xa0").lower() if colon else ""


def _introduction(written: list[str], index: int) -> int:
    """Return how many lines from here introduce a quotation; 0 if this line does not."""
    for length in (1, 2, 3):
        line = written[index + length - 1] if index + length <= len(written) else ""
        if not line:
            return 0
        if line[-1] in ":：":
            if not _introduces(written, index, length):
                return 0
            return length if length == 1 or _opens(written, index, length) else 0
    return 0


def _opens(written: list[str], index: int, length: int) -> bool:
    """Tell whether an introduction over several lines begins here and not on a later line."""
    line = written[index]
    if _OPENS.match(line) and line[-1] not in ".!?。！？":
        return True
    return not _introduces(written, index + 1, length - 1)


def _introduces(written: list[str], index: int, length: int) -> bool:
    """Tell whether lines say that somebody wrote something.

    Before lines without marks a person may say so too (`as I wrote on 3 May:`). A mail program
    names the address, or the time and then nobody but the author.
    """
    line = " ".join(written[index : index + length])
    if len(line) > _LONGEST_INTRODUCTION:
        return False
    if _ADDRESSED.search(line):
        return True
    if _quoted_next(written, index + length) or _ADDRESS.search(line):
        return _WROTE.search(line) is not None
    return _OPENS.match(line) is not None and _names_author(line)


def _names_author(line: str) -> bool:
    """Tell whether a name stands beside the verb, after a time of day (`10:00 schrieb Bo Li:`)."""
    clock = _CLOCK.search(line)
    author = _AUTHOR.search(line, clock.end()) if clock else None
    if not author:
        return False
    words = (author[1] or author[2]).split()
    if words[0] == "I" or words[0][0].islower():
        return False
    return not any(len(word) > 3 and word[0].islower() for word in words)


def _quoted_next(written: list[str], index: int) -> bool:
    """Tell whether the next line that holds anything is marked as quoted."""
    for line in written[index : index + 6]:
        if line:
            return line[0] == ">"
    return False


def _take_rule(new: list[str], quoted: list[str]) -> None:
    """Give the ruled line before a header block to the quotation that it opens."""
    index = len(new) - 1
    while index >= 0 and not new[index].strip():
        index -= 1
    if index >= 0 and _RULE.match(new[index]):
        quoted.append(new[index])
        del new[index:]


def _with_signature(new: list[str], quoted: list[str]) -> Body:
    """Split off the signature: what follows `-- `, or a telephone's greeting at the end."""
    while new and not new[-1].strip():
        new.pop()
    start = len(new)
    for index in range(len(new) - 1, max(-1, len(new) - 1 - _LONGEST_SIGNATURE), -1):
        if new[index][:2] == "--" and new[index].rstrip() == "--":
            start = index
            break
    if start == len(new) and new and new[-1].lstrip().lower().startswith(SENT_FROM):
        start -= 1
    return Body(
        text="\n".join(new[:start]).strip("\n"),
        quoted="\n".join(quoted).strip("\n"),
        signature="\n".join(new[start:]).strip("\n"),
    )
