"""Which characters are letters, and which digits, as short classes for regular expressions (RE2).

`[\\p{L}\\p{N}]` says it exactly and takes milliseconds to compile each time that a query uses it,
which is most of what a small sync does. These are compiled in microseconds. They differ where
names and addresses are not written: signs inside the blocks of scripts, raised digits, letters
of mathematics. The marks that go with letters (vowel signs of Indic scripts) count as letters.
"""

from __future__ import annotations

LETTERS = (
    r"A-Za-z\x{AA}\x{B5}\x{BA}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2C1}"
    r"\x{370}-\x{37D}\x{37F}-\x{383}\x{386}\x{388}-\x{559}\x{560}-\x{588}"
    r"\x{591}-\x{5BD}\x{5BF}\x{5C1}-\x{5C2}\x{5C4}-\x{5C5}\x{5C7}-\x{5F2}"
    r"\x{610}-\x{61A}\x{620}-\x{669}\x{66E}-\x{6D3}\x{6D5}-\x{6FC}\x{6FF}\x{710}-\x{963}\x{966}-\x{1FFF}"
    r"\x{2183}-\x{2184}\x{2C00}-\x{2DFF}\x{3005}-\x{3007}\x{3021}-\x{3029}\x{3031}-\x{3035}"
    r"\x{3041}-\x{309F}\x{30A1}-\x{30FA}\x{30FC}-\x{31FF}\x{3400}-\x{D7FF}"
    r"\x{F900}-\x{FD3D}\x{FD40}-\x{FDFB}\x{FE70}-\x{FEFC}"
    r"\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{FF66}-\x{FFDC}"
    r"\x{10000}-\x{1CFFF}\x{1E000}-\x{1EFFF}\x{20000}-\x{3FFFF}"
)
DIGITS = r"0-9\x{FF10}-\x{FF19}"
"""Each is what stands between the brackets of a character class."""
