"""Fetch messages in batches of bounded bytes: sizes first, then the messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from throughline.errors import ChannelUnavailableError
from throughline_email.chunks import Chunk, Message
from throughline_email.imap.session import Folder, Mailbox, Session, guarded

BATCH_BYTES = 4 * 1024 * 1024
LARGEST = 128 * 1024 * 1024
KEPT_OF_LARGEST = 32 * 1024 * 1024
CUT = "message_cut"
_ASKED = 500
_MANY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The UIDs of a batch: `done` are read or gone; `missed` the server lists but does not give."""

    done: tuple[int, ...]
    missed: tuple[int, ...]


def batches(
    opened: Session,
    mailbox: Mailbox,
    folder: Folder,
    uids: Sequence[int],
    *,
    given: Sequence[int] = (),
    most: int,
) -> Iterator[Chunk]:
    """Yield the messages of these UIDs, ascending, as chunks marked with what they settle.

    If the server gives none of many, and none of those that it has `given` before either (where
    there are none: of the last), it is not well: ChannelUnavailableError. Where these UIDs are few
    and none was given before, all are missed: else a folder of damaged messages would never end.
    """
    known = given or uids[-_MANY:]
    for start in range(0, len(uids), _ASKED):
        asked = uids[start : start + _ASKED]
        with guarded(mailbox):
            sizes = opened.sizes(asked)
        for batch in _by_size(asked, sizes, most=most):
            with guarded(mailbox):
                chunk = _fetch(opened, folder, batch, sizes)
                none = not chunk.messages and len(chunk.mark.missed) > _MANY
                whole = not given and len(batch) == len(uids)
                if none and not whole and not opened.gives_any(known):
                    reason = f"the server gives no message of the folder `{folder.name}` now"
                    raise ChannelUnavailableError(mailbox.connection, reason=reason)
            yield chunk


def _by_size(uids: Sequence[int], sizes: Mapping[int, int], *, most: int) -> Iterator[list[int]]:
    batch: list[int] = []
    total = 0
    for uid in uids:
        size = sizes.get(uid, 0)
        if batch and (total + size > BATCH_BYTES or len(batch) >= most):
            yield batch
            batch, total = [], 0
        batch.append(uid)
        total += size
    if batch:
        yield batch


def _fetch(opened: Session, folder: Folder, uids: Sequence[int], sizes: Mapping[int, int]) -> Chunk:
    wanted = [uid for uid in uids if uid in sizes]
    cut = len(wanted) == 1 and sizes[wanted[0]] > LARGEST
    if cut:
        found = opened.start_of_message(wanted[0], KEPT_OF_LARGEST)
    else:
        found = opened.messages(wanted) if wanted else {}
    absent = [uid for uid in uids if uid not in found]
    missed = opened.still_listed(absent) if absent else frozenset()
    return Chunk(
        name=folder.name,
        messages=tuple(_message(folder, uid, *found[uid]) for uid in wanted if uid in found),
        flags=(CUT,) if cut else (),
        mark=Settled(
            done=tuple(uid for uid in uids if uid not in missed), missed=tuple(sorted(missed))
        ),
    )


def _message(folder: Folder, uid: int, content: bytes, arrived: str | None) -> Message:
    return Message(name=f"{folder.name}/{uid}", content=content, arrived=arrived)
