"""Join messages into conversations by what they say they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def conversations(documents: Sequence[Mapping[str, Any]]) -> list[int | None]:
    """Return, for each interaction, the place of the first one of its conversation.

    Two messages are one conversation when one names the other's `message_id`, or both name the
    same message, in `in_reply_to` or `references`, or have the same `thread`. An interaction
    that names none has None. Independent of the order but for which one is the first.
    """
    leader = list(range(len(documents)))
    holder: dict[str, int] = {}
    for at, document in enumerate(documents):
        for name in _names(document):
            other = holder.setdefault(name, at)
            one, two = _find(leader, at), _find(leader, other)
            leader[max(one, two)] = min(one, two)
    return [_find(leader, at) if _names(each) else None for at, each in enumerate(documents)]


def _names(document: Mapping[str, Any]) -> list[str]:
    said = [document.get("message_id"), document.get("in_reply_to")]
    said += document.get("references", [])
    names = [f"message {name}" for name in said if name]
    if document.get("thread"):
        names.append(f"thread {document['thread']}")
    return names


def _find(leader: list[int], at: int) -> int:
    while leader[at] != at:
        leader[at] = leader[leader[at]]
        at = leader[at]
    return at
