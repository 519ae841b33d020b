"""Mend text that no store can keep: NUL and lone surrogates become U+FFFD."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

_SUSPECT = r"\x00|\\u0000|\\u[dD][89a-fA-F]"
_BAD = re.compile(
    r"""(?<!\\)((?:\\\\)*)                           # an even number of backslashes, then
    (?: \\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}   # a pair, which is fine,
      | (\\u0000 | \\u[dD][89a-fA-F][0-9a-fA-F]{2}) )  # or NUL or a half of a pair
    """,
    re.VERBOSE,
)


def mend(records: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return the texts with NUL and lone surrogates replaced, and which texts that changed.

    Null stays null. Only the few suspect texts are looked at one by one.
    """
    texts = _decoded(records)
    if not _may_be_bad(texts):
        return texts, pa.nulls(len(texts), pa.bool_()).fill_null(False)
    suspect = pc.fill_null(pc.match_substring_regex(texts, _SUSPECT), False)
    if not pc.any(suspect).as_py():
        return texts, pa.nulls(len(texts), pa.bool_()).fill_null(False)
    found = texts.filter(suspect)
    mended = pa.array([_mended(text) for text in found.to_pylist()], texts.type)
    changed = pc.replace_with_mask(suspect, suspect, pc.not_equal(found, mended))
    return pc.replace_with_mask(texts, suspect, mended), changed


def _may_be_bad(texts: pa.Array) -> bool:
    """Tell quickly that no text of a page can be bad; most pages hold no escape at all."""
    buffer = texts.buffers()[2]
    content = buffer.to_pybytes() if buffer is not None else b""
    return b"\0" in content or b"\\u" in content


def _mended(text: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        return match.group(0) if match.group(2) is None else f"{match.group(1)}\\ufffd"

    return _BAD.sub(replaced, text).replace("\x00", "\ufffd")


def _decoded(records: pa.Array) -> pa.Array:
    """Return the texts as valid UTF-8; bytes that are none are replaced by U+FFFD."""
    if isinstance(records, pa.ChunkedArray):
        records = records.combine_chunks()
    try:
        records.validate(full=True)
        return records.cast(pa.large_string())
    except pa.ArrowInvalid:
        content = records.cast(pa.large_binary())
        texts = [
            None if value is None else value.decode("utf-8", "replace")
            for value in content.to_pylist()
        ]
        return pa.array(texts, pa.large_string())
