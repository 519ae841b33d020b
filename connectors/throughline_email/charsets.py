"""What the character sets of e-mail are called, what they mean, and how to read bytes in them.

Labels follow the WHATWG Encoding Standard where mail programs do: `iso-8859-1` is windows-1252,
`gb2312` is GB18030, `shift_jis` is code page 932.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

UNKNOWN = "charset_unknown"
GUESSED = "charset_guessed"
MISLABELLED = "charset_mislabelled"
UNDECODABLE = "undecodable_bytes"

_MEANT = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}
_ALSO_CALLED = {
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "x-windows-949": "cp949",
    "x-euc-jp": "euc_jp",
    "cp-850": "cp850",
    "ansi": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "windows-874": "cp874",
    "x-cp1252": "cp1252",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
}
_NO_LABEL = frozenset(
    {"", "unknown", "unknown-8bit", "x-unknown", "x-user-defined", "binary", "8bit"}
)
_NOT_FOR_TEXT = frozenset(
    {"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs", "oem"}
)
_NOT_ASCII = re.compile(r"(?i)utf.?(7|16|32)|ucs|2022|^hz|cp037|cp500|cp1026|cp1140|ebcdic")
_LIKELY = [
    "gb18030",
    "big5",
    "cp932",
    "euc_jp",
    "euc_kr",
    "koi8_r",
    "cp1251",
    "cp1250",
    "cp1253",
    "cp1255",
    "cp1256",
    "cp1252",
]
_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_HIGH = re.compile(rb"[\x80-\xff]+")
_SAMPLE = 8192
_JIS = re.compile(rb"\x1b(\$[@B]|\([BJI]|\$\(D)([^\x1b]*)")
_JIS_PAIR = re.compile(rb"[\x21-\x7e]{2}")

Decoded = tuple[str, str, tuple[str, ...]]
"""The text, the character set that it was read in, and what has to be told about it."""


@lru_cache(maxsize=512)
def codec_of(label: str) -> str | None:
    """Return the Python codec that a label means; None if the label means nothing known."""
    name = label.strip(" \t\"'").lower()
    name = _ALSO_CALLED.get(name, name)
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if (
        not getattr(codec, "_is_text_encoding", True)
        or codec.name.replace("-", "_") in _NOT_FOR_TEXT
    ):
        return None
    return _MEANT.get(codec.name, codec.name)


def decode(data: bytes, label: str | None) -> Decoded:
    """Read bytes in the labelled character set; never fails, and flags what it had to assume."""
    label = label or ""
    if data.isascii() and not _NOT_ASCII.search(label):
        return data.decode("ascii"), label.lower() or "us-ascii", ()
    if label.strip().lower() in _NO_LABEL:
        return _guess(data)
    codec = codec_of(label)
    if codec is None:
        text, charset, flags = _guess(data)
        return text, charset, (UNKNOWN, *flags)
    if codec == "ascii":
        text, charset, flags = _guess(data)
        return text, charset, (MISLABELLED, *flags)
    if codec == "cp1252" and _MULTIBYTE.search(data):
        try:
            return data.decode("utf-8"), "utf-8", (MISLABELLED,)
        except UnicodeDecodeError:
            pass
    try:
        return _clean(data.decode(codec)), _name(label, codec), ()
    except (UnicodeError, ValueError):
        return _decode_broken(data, label, codec)


def _name(label: str, codec: str) -> str:
    return "utf-8" if codec in ("utf-8", "utf-8-sig") else label.strip().lower()


def _decode_broken(data: bytes, label: str, codec: str) -> Decoded:
    """Read bytes that are not, or not all, in the character set they claim."""
    if codec == "iso2022_jp_ext" and b"\x1b" in data:
        text = _japanese(data)
        return text, _name(label, codec), _if_replaced(text)
    if codec != "utf-8":
        try:
            return data.decode("utf-8"), "utf-8", (MISLABELLED,)
        except UnicodeDecodeError:
            pass
    elif not _MULTIBYTE.search(data):
        text = data.decode("cp1252", "replace")
        return text, "windows-1252", (MISLABELLED, *_if_replaced(text))
    try:
        text = data.decode(codec, "replace")
    except (UnicodeError, ValueError):
        text = data.decode("utf-8", "replace")
    return _clean(text), _name(label, codec), (UNDECODABLE,)


def _japanese(data: bytes) -> str:
    """Read ISO-2022-JP as Windows writes it (code page 50221): with the letters of code page 932.

    Python's codec knows none of row 13 (`①`, `㈱`), which mail is full of.
    """

    def shifted(pair: re.Match[bytes]) -> bytes:
        first, second = pair[0]
        lead = ((first - 0x21) >> 1) + 0x81
        trail = second + (0x7E if first % 2 == 0 else 0x1F if second < 0x60 else 0x20)
        return bytes((lead + 0x40 if lead > 0x9F else lead, trail))

    def read(kind: bytes, letters: bytes) -> str:
        if kind == b"$(D":
            return (b"\x1b$(D" + letters + b"\x1b(B").decode("iso2022_jp_ext", "replace")
        if kind == b"(I":
            letters = bytes(one | 0x80 if one > 0x20 else one for one in letters)
        elif kind[:1] == b"$":
            letters = _JIS_PAIR.sub(shifted, letters)
        return letters.decode("cp932", "replace")

    before, *runs = _JIS.split(data)  # of each run its kind, its letters, and what is no run
    found = zip(runs[::3], runs[1::3], runs[2::3], strict=True)
    return read(b"", before) + "".join(read(one, a) + read(b"", b) for one, a, b in found)


def _guess(data: bytes) -> Decoded:
    """Read bytes without a label: UTF-8 if they are, else what is likely, else windows-1252."""
    try:
        return data.decode("utf-8"), "utf-8", ()
    except UnicodeDecodeError:
        pass
    charset = "cp1252"
    if sum(map(len, _HIGH.findall(data[:_SAMPLE]))) >= 12:
        import charset_normalizer  # noqa: PLC0415  # slow to load, and few messages need it

        best = charset_normalizer.from_bytes(data[:_SAMPLE], cp_isolation=_LIKELY).best()
        charset = best.encoding if best is not None else charset
    text = data.decode(charset, "replace")
    shown = "windows-1252" if charset == "cp1252" else charset
    return text, shown, (GUESSED, *_if_replaced(text))


def _if_replaced(text: str) -> tuple[str, ...]:
    return (UNDECODABLE,) if "\ufffd" in text else ()


def _clean(text: str) -> str:
    """Replace lone surrogates, which some codecs let through and no JSON can carry."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text
