"""Chinese names in Latin letters: pinyin over distinct texts, the surname split off."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pyarrow as pa

DOUBLE_SURNAMES = frozenset(
    (
        *("欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "夏侯", "皇甫", "尉迟"),
        *("公孙", "慕容", "令狐", "司徒", "长孙", "宇文", "端木", "东方", "南宫", "独孤"),
    )
)


def names_in_latin(texts: Iterable[str]) -> pa.Table:
    """Return text, joined (all as one word) and split (surname, space, given name) in pinyin."""
    rows = [(text, *_pinyin(text)) for text in texts]
    return pa.table(
        {
            "text": pa.array([row[0] for row in rows], pa.string()),
            "joined": pa.array([row[1] for row in rows], pa.string()),
            "split": pa.array([row[2] for row in rows], pa.string()),
        }
    )


def load_readings() -> None:
    """Load the characters' readings, which takes a twentieth of a second."""
    # a name is no phrase: each character has its own reading, and the phrases are slow to load
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    import pypinyin  # noqa: F401, PLC0415


def _pinyin(text: str) -> tuple[str, str]:
    load_readings()
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    compact = text.replace(" ", "").replace("·", "")
    surname = 2 if compact[:2] in DOUBLE_SURNAMES and len(compact) > 2 else 1
    given = "".join(lazy_pinyin(compact[surname:], style=Style.NORMAL))
    family = "".join(lazy_pinyin(compact[:surname], style=Style.NORMAL))
    return (
        "".join(lazy_pinyin(compact, style=Style.NORMAL)),
        f"{given} {family}" if 1 < len(compact) <= 4 else "".join((family, given)),
    )
