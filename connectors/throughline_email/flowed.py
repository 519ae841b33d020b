"""Join the lines of a text that is `format=flowed` (RFC 3676): a blank at its end goes on."""

from __future__ import annotations

_SIGNATURE = "-- "


def unflow(text: str, *, delete_blank: bool) -> str:
    """Return the text with each paragraph on one line, at each depth of quotation.

    `delete_blank` is DelSp: the blank at a line's end is no part of the text, as between letters
    of Chinese. An empty line ends a paragraph even where the line before it goes on.
    """
    paragraphs: list[list[str]] = []
    goes_on: int | None = None
    for line in text.replace("\r\n", "\n").split("\n"):
        rest = line.lstrip(">")
        depth = len(line) - len(rest)
        rest = rest.removeprefix(" ")
        flows = rest.endswith(" ") and rest != _SIGNATURE
        said = rest[:-1] if flows and delete_blank else rest
        if goes_on == depth and rest not in ("", _SIGNATURE):
            paragraphs[-1].append(said)
        else:
            if goes_on is not None:
                paragraphs[-1] = ["".join(paragraphs[-1]).removesuffix(" ")]
            marks = ">" * depth
            paragraphs.append([f"{marks} {said}" if marks and said else marks + said])
        goes_on = depth if flows else None
    return "\n".join("".join(pieces) for pieces in paragraphs)
