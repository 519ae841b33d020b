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
