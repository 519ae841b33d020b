"""The letters and digits that names are cut at, against Unicode."""

from __future__ import annotations

import unicodedata

import duckdb
import pyarrow as pa
import pytest

from throughline.letters import DIGITS, LETTERS

NAMES_ARE_WRITTEN_IN = (
    *("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "HEBREW", "ARABIC", "DEVANAGARI", "BENGALI"),
    *("TAMIL", "TELUGU", "THAI", "GEORGIAN", "HANGUL SYLLABLE", "HIRAGANA LETTER"),
    *("KATAKANA LETTER", "CJK UNIFIED", "ETHIOPIC", "KHMER", "MYANMAR", "SINHALA"),
)


def matched(characters: list[str]) -> list[str]:
    """Return those of the characters that are letters or digits by our classes."""
    with duckdb.connect() as connection:
        connection.register("page", pa.table({"c": characters}))
        pattern = f"^[{LETTERS}{DIGITS}]$"
        found = connection.execute("SELECT c FROM page WHERE regexp_matches(c, ?)", [pattern])
        return [one for (one,) in found.fetchall()]


@pytest.mark.parametrize("script", NAMES_ARE_WRITTEN_IN)
def test_every_letter_of_a_script_that_names_are_written_in_is_one(script: str) -> None:
    letters = [
        chr(code)
        for code in [*range(0x20, 0x10000), *range(0x20000, 0x32000)]
        if unicodedata.category(chr(code)) in ("Lu", "Ll", "Lo")
        and unicodedata.name(chr(code), "").startswith(script)
        and unicodedata.normalize("NFKC", chr(code)) == chr(code)
    ]
    assert len(letters) > 25
    missing = set(letters) - set(matched(letters))
    assert not missing, sorted(missing)


def test_no_punctuation_space_or_symbol_of_text_is_a_letter() -> None:
    blocks = [(0x00, 0xA9), (0x2000, 0x206F), (0x2190, 0x2BFF), (0x3000, 0x3004)]
    blocks += [(0x3008, 0x3020), (0xFF01, 0xFF0F), (0x1F300, 0x1FAFF)]
    signs = [
        chr(code)
        for low, high in blocks
        for code in range(low, high + 1)
        if unicodedata.category(chr(code))[0] in "PSZ"
    ]
    signs += list("·×÷・־׳،؛؟")
    assert matched(signs) == []
    assert matched(list("0129")) == list("0129")
