"""Sweeps: a complete listing ends with its deletions, or it is read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.players import APlayer
from tests.test_land import PLAIN, AConnection, rows, texts
from throughline.connector import Cursor, Page
from throughline.counts import Counts
from throughline.errors import MassDeleteError
from throughline.land import Landing, land_stream
from throughline.progress import Progress, silent
from throughline.store import Connection, connect


@pytest.fixture
def store(postgres_url: str) -> Iterator[Connection]:
    with connect(postgres_url) as connection:
        yield connection


@dataclass(kw_only=True)
class AnErp(APlayer):
    """Lists everything at every second reading, and nothing at the others."""

    pages: Sequence[Page] = ()
    keys: Sequence[int]

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        at = (cursor or {"reading": 0})["reading"]
        done = {"reading": at + 1}
        listed = texts(*({"id": key} for key in self.keys if at % 2 == 0))
        yield Page(records=listed, cursor=done, sweep_complete=at % 2 == 0)


def land(
    store: Connection, folder: Path, *keys: int, allow: bool = False, progress: Progress = silent
) -> Counts:
    return land_stream(
        store,
        connection_config=AConnection(settings={"allow_mass_delete": allow}),
        connector=AnErp(spec=PLAIN, keys=keys),
        stream=PLAIN,
        landing=Landing(str(folder / "landing")),
        progress=progress,
    )


def test_a_mass_delete_that_a_person_allows_is_carried_out_by_the_next_run(
    store: Connection, tmp_path: Path
) -> None:
    land(store, tmp_path, *range(200))
    land(store, tmp_path)
    for _ in range(2):  # it is told as long as nobody has answered
        with pytest.raises(MassDeleteError):
            land(store, tmp_path, 1)
    assert land(store, tmp_path, 1, allow=True)["deleted"] == 199
    assert land(store, tmp_path, 1)["deleted"] == 0


def test_a_listing_that_was_killed_before_its_deletions_is_read_again(
    store: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(store, tmp_path, 1, 2, 3)
    land(store, tmp_path)
    lost = "the session was lost"

    def lose(*_: object) -> None:
        raise ConnectionError(lost)

    with monkeypatch.context() as broken:
        broken.setattr("throughline.land.stream.ids_in_store", lose)
        with pytest.raises(ConnectionError, match=lost):
            land(store, tmp_path, 1, 3)
    assert land(store, tmp_path, 1, 3)["deleted"] == 1
    assert [key for key, *_, gone in rows(store) if gone] == ["2"]
