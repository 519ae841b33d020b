"""Turn the HTML of a message into the text that a reader sees, with quotations marked by `>`."""

from __future__ import annotations

import re

import lxml.html
from inscriptis import Inscriptis
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig
from lxml.etree import LxmlError

_OPEN, _CLOSE = "\ue000", "\ue001"
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_EMBEDDED = re.compile(
    r"""(?<=["'=(])data:[^"'<>\s,]{0,200};base64,[A-Za-z0-9+/=%\s]+""", re.IGNORECASE
)
_BLANKS = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ue000\ue001]")
_LARGEST = 2_000_000


def html_to_text(html: str) -> str:
    """Return the text of an HTML document or fragment; what can't be parsed loses its tags only."""
    html = _UNREADABLE.sub(" ", _DECLARATION.sub("", html))
    if not html.strip():
        return ""
    if len(html) > _LARGEST:
        html = _EMBEDDED.sub("", html)
    if len(html) > _LARGEST:
        return _without_tags(html)
    try:
        tree = lxml.html.document_fromstring(html)
        for quotation in tree.iter("blockquote"):
            _mark(quotation)
        config = ParserConfig(css=CSS_PROFILES["strict"], display_links=False)
        text = Inscriptis(tree, config).get_text()
    except (LxmlError, ValueError, RecursionError, AssertionError, IndexError, TypeError):
        return _without_tags(html)
    return _BLANKS.sub("\n\n", _quote(text)).strip("\n")


def _mark(quotation: lxml.html.HtmlElement) -> None:
    start, end = lxml.html.Element("div"), lxml.html.Element("div")
    start.text, end.text = _OPEN, _CLOSE
    start.tail, quotation.text = quotation.text, None
    quotation.insert(0, start)
    quotation.append(end)


def _quote(text: str) -> str:
    """Put `>` before the lines between the marks, as often as the marks are nested."""
    if _OPEN not in text:
        return text
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        if _OPEN in line or _CLOSE in line:
            before = max(depth, depth + line.count(_OPEN))
            depth = max(0, depth + line.count(_OPEN) - line.count(_CLOSE))
            rest = line.replace(_OPEN, "").replace(_CLOSE, "").strip()
            if rest:
                lines.append(f"{'>' * before} {rest}")
        elif depth:
            lines.append(f"{'>' * depth} {line.strip()}".rstrip())
        else:
            lines.append(line)
    return "\n".join(lines)


def _without_tags(html: str) -> str:
    return _BLANKS.sub("\n\n", _TAG.sub(" ", html)).strip()
