"""Landing: what arrives, changes and goes, and what stands in the store then."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fix_postgres import PostgresServer
from tests.players import APlayer
from throughline.connector import Cursor, Deletion, Page, Raw, Refused, StreamSpec
from throughline.counts import Counts
from throughline.errors import LandingUnavailableError, MassDeleteError
from throughline.land import Landing, collect_orphans, land_stream
from throughline.land.writing import open_stream
from throughline.store import Connection, connect


@dataclass(frozen=True, kw_only=True)
class AConnection:
    name: str = "shop"
    settings: Mapping[str, Any] = field(default_factory=dict)


ORDERS = StreamSpec(
    name="orders",
    key=("id",),
    rule="orders",
    version="changed",
    deletion=Deletion(path="gone", values=("true",)),
)
PLAIN = StreamSpec(name="orders", key=("id",), rule="orders")


def texts(*records: Any) -> pa.Array:
    return pa.array([r if isinstance(r, str) else json.dumps(r) for r in records], pa.string())


def land(
    store: Connection,
    folder: Path,
    *pages: Page,
    spec: StreamSpec = ORDERS,
    allow: Mapping[str, Any] | None = None,
    on_counts: Callable[[Counts], None] | None = None,
) -> Counts:
    return land_stream(
        store,
        connection_config=AConnection(settings=allow or {}),
        connector=APlayer(spec=spec, pages=pages),
        stream=spec,
        landing=Landing(str(folder / "landing")),
        on_counts=on_counts,
    )


@pytest.fixture
def store(postgres_url: str) -> Iterator[Connection]:
    with connect(postgres_url) as connection:
        yield connection


def rows(store: Connection) -> list[tuple[Any, ...]]:
    return store.execute(
        "SELECT key, line, version, deleted_at IS NOT NULL FROM source_record ORDER BY key"
    ).fetchall()


def lines(landing: Landing, path: str, *numbers: int) -> list[str]:
    """Return some lines of a batch file."""
    found: list[str] = landing.read_lines(path, pa.array(numbers, pa.int32())).to_pylist()
    return found


def current(store: Connection, folder: Path) -> list[Any]:
    """Return the current deliveries, in the order of their keys."""
    found = store.execute(
        "SELECT path, line FROM source_record JOIN batch USING (batch_id)"
        " WHERE deleted_at IS NULL ORDER BY key"
    ).fetchall()
    landing = Landing(str(folder / "landing"))
    return [json.loads(lines(landing, path, line)[0]) for path, line in found]


def test_records_are_landed_with_key_version_and_line(store: Connection, tmp_path: Path) -> None:
    page = Page(
        records=texts({"id": 1, "changed": "a"}, {"id": 2, "changed": "b"}), cursor={"at": 1}
    )
    counts = land(store, tmp_path, page)
    assert counts == Counts(received=2, landed=2, unchanged=0, deleted=0, refused=0)
    assert rows(store) == [("1", 0, "a", False), ("2", 1, "b", False)]
    path = store.execute("SELECT path FROM batch").fetchone()
    assert path is not None
    landing = Landing(str(tmp_path / "landing"))
    assert lines(landing, path[0], 0, 1) == page.records.to_pylist()


def test_keys_of_several_parts_are_as_many_as_the_parts_tell(
    store: Connection, tmp_path: Path
) -> None:
    spec = replace(PLAIN, key=("shop", "id"))
    both = texts({"shop": "x/1", "id": "2"}, {"shop": "x", "id": "1/2"}, {"shop": "x", "id": 3})
    land(store, tmp_path, Page(records=both), spec=spec)
    assert [row[0] for row in rows(store)] == ["x/1\\/2", "x/3", "x\\/1/2"]


def test_landing_the_same_again_adds_no_batch(store: Connection, tmp_path: Path) -> None:
    page = Page(records=texts({"id": 1, "changed": "a"}, "nonsense"))
    land(store, tmp_path, page)
    again = land(store, tmp_path, page)
    assert (again["landed"], again["unchanged"], again["refused"]) == (0, 1, 1)
    assert store.execute("SELECT count(*) FROM batch").fetchone() == (1,)


def test_an_older_version_that_arrives_late_changes_nothing(
    store: Connection, tmp_path: Path
) -> None:
    land(store, tmp_path, Page(records=texts({"id": 1, "changed": "b", "n": 2})))
    counts = land(store, tmp_path, Page(records=texts({"id": 1, "changed": "a", "n": 1})))
    assert (counts["unchanged"], counts["landed"]) == (1, 0)
    assert rows(store) == [("1", 0, "b", False)]


def test_without_versions_the_last_delivery_counts(store: Connection, tmp_path: Path) -> None:
    land(store, tmp_path, Page(records=texts({"id": 1, "n": 1}, {"id": 1, "n": 2})), spec=PLAIN)
    assert current(store, tmp_path) == [{"id": 1, "n": 2}]
    land(store, tmp_path, Page(records=texts({"id": 1, "n": 1})), spec=PLAIN)
    assert current(store, tmp_path) == [{"id": 1, "n": 1}]


def test_without_versions_a_record_that_comes_after_its_deletion_is_there(
    store: Connection, tmp_path: Path
) -> None:
    spec = replace(ORDERS, version=None)
    both = texts({"id": 1, "gone": "true"}, {"id": 1, "gone": "false"})
    land(store, tmp_path, Page(records=both), spec=spec)
    assert rows(store) == [("1", 0, None, False)]
    land(store, tmp_path, Page(records=both.take([1, 0])), spec=spec)
    assert rows(store) == [("1", -1, None, True)]


def test_a_record_that_says_it_is_deleted_is_deleted(store: Connection, tmp_path: Path) -> None:
    land(store, tmp_path, Page(records=texts({"id": 1, "changed": "a"})))
    counts = land(store, tmp_path, Page(records=texts({"id": 1, "changed": "b", "gone": True})))
    assert (counts["deleted"], counts["landed"]) == (1, 0)
    assert rows(store) == [("1", -1, "b", True)]


def test_a_deletion_that_tells_no_version_deletes_until_a_newer_version_comes(
    store: Connection, tmp_path: Path
) -> None:
    first, later = {"id": 1, "changed": "b"}, {"id": 1, "changed": "c"}
    land(store, tmp_path, Page(records=texts(first)))
    land(store, tmp_path, Page(records=texts({"id": 1, "gone": True})))
    assert land(store, tmp_path, Page(records=texts({"id": 1, "gone": True})))["unchanged"] == 1
    assert land(store, tmp_path, Page(records=texts(first)))["unchanged"] == 1
    assert rows(store) == [("1", -1, "b", True)]
    land(store, tmp_path, Page(records=texts(later)))
    assert rows(store) == [("1", 0, "c", False)]


def test_a_key_that_is_told_as_gone_is_deleted_and_can_come_back(
    store: Connection, tmp_path: Path
) -> None:
    page = Page(records=texts({"id": 1, "changed": "a"}))
    gone = Page(records=texts(), deleted=["1", "unknown"])
    land(store, tmp_path, page)
    counts = land(store, tmp_path, gone)
    assert counts == Counts(received=2, landed=0, unchanged=1, deleted=1, refused=0)
    assert land(store, tmp_path, gone)["deleted"] == 0
    assert land(store, tmp_path, page)["landed"] == 1
    assert rows(store) == [("1", 0, "a", False)]


def test_a_complete_listing_deletes_what_it_does_not_hold(
    store: Connection, tmp_path: Path
) -> None:
    everything = [{"id": number, "changed": "a"} for number in range(10)]
    land(store, tmp_path, Page(records=texts(*everything)))
    first, second = texts(*everything[:4]), texts(*everything[4:9])
    land(store, tmp_path, Page(records=first), Page(records=second))
    assert sum(row[3] for row in rows(store)) == 0, "a listing that is not complete deletes nothing"
    counts = land(store, tmp_path, Page(records=first), Page(records=second, sweep_complete=True))
    assert counts["deleted"] == 1
    assert [row[0] for row in rows(store) if row[3]] == ["9"]


def test_a_complete_listing_that_tells_of_a_record_only_that_it_is_deleted_deletes_it(
    store: Connection, tmp_path: Path
) -> None:
    land(store, tmp_path, Page(records=texts(*({"id": n, "changed": "b"} for n in range(3)))))
    older = {"id": 2, "changed": "a", "gone": True}
    rest = texts({"id": 0, "changed": "b"}, {"id": 1, "changed": "b"}, older)
    for deleted in (1, 0):
        counts = land(store, tmp_path, Page(records=rest, sweep_complete=True))
        assert counts["deleted"] == deleted
        assert [row[0] for row in rows(store) if row[3]] == ["2"]


def test_a_listing_that_holds_something_unreadable_deletes_nothing(
    store: Connection, tmp_path: Path
) -> None:
    land(store, tmp_path, Page(records=texts(*({"id": number} for number in range(4)))), spec=PLAIN)
    garbled = [{"id": 0}, '{"id": 1, "na', {"id": 2}]
    for _ in range(2):  # what is known to be unreadable is no more readable the next time
        pages = Page(records=texts(*garbled[:2])), Page(records=texts(*garbled[2:]))
        end = Page(records=texts(), sweep_complete=True)
        assert land(store, tmp_path, *pages, end, spec=PLAIN)["deleted"] == 0
    whole = Page(records=texts(*({"id": number} for number in range(3))), sweep_complete=True)
    assert land(store, tmp_path, whole, spec=PLAIN)["deleted"] == 1
    assert [row[0] for row in rows(store) if row[3]] == ["3"]


def test_a_page_deletes_after_its_records(store: Connection, tmp_path: Path) -> None:
    for version in ("a", "b"):  # new, then known
        page = Page(records=texts({"id": 1, "changed": version}, {"id": 2}), deleted=["1", "3"])
        counts = land(store, tmp_path, page, spec=PLAIN)
        assert counts["received"] == sum(counts.values()) - counts["received"]
        assert [(row[0], row[3]) for row in rows(store)] == [("1", True), ("2", False)]


def test_a_mass_delete_waits_for_a_person(store: Connection, tmp_path: Path) -> None:
    everything = [{"id": number, "changed": "a"} for number in range(300)]
    land(store, tmp_path, Page(records=texts(*everything)))
    listing = Page(records=texts(*everything[:10]), sweep_complete=True)
    told: list[Counts] = []
    with pytest.raises(MassDeleteError, match="allow_mass_delete"):
        land(store, tmp_path, listing, on_counts=told.append)
    assert [counts["received"] for counts in told] == [10], "told before the error"
    assert sum(row[3] for row in rows(store)) == 0
    land(store, tmp_path, listing, allow={"allow_mass_delete": True})
    assert sum(row[3] for row in rows(store)) == 290


def test_what_is_no_record_goes_to_quarantine_with_its_reason(
    store: Connection, tmp_path: Path
) -> None:
    refused = Refused(position="line 7", reason="the line ends too soon", content=b"a,b")
    page = Page(records=texts("[]", "{", {"no": "key"}, {"id": ""}), refused=[refused])
    counts = land(store, tmp_path, page)
    assert counts == Counts(received=5, landed=0, unchanged=0, deleted=0, refused=5)
    reasons = store.execute("SELECT reason FROM quarantine ORDER BY reason").fetchall()
    assert [row[0] for row in reasons] == [
        "no key",
        "no key",
        "not JSON",
        "not a JSON object",
        "the line ends too soon",
    ]


def test_what_was_refused_and_is_mended_leaves_quarantine(
    store: Connection, tmp_path: Path
) -> None:
    def quarantined() -> list[Any]:
        return store.execute("SELECT position FROM quarantine ORDER BY 1").fetchall()

    lines = [Refused(position=f"{name}: line 7", reason="short", content=b"x") for name in "ab"]
    lines[1] = replace(lines[1], content=b"y")
    bad = texts({"id": 1}, "{", {"id": 2})
    page = Page(records=bad, refused=lines, origins=((0, "c", None), (1, "a", None), (2, "a", 3)))
    land(store, tmp_path, page, spec=PLAIN)
    assert quarantined() == [("a: line 7",), ("a: record 1 of a page",), ("b: line 7",)]
    land(store, tmp_path, Page(records=texts(), refused=lines[:1], anew=("a",)), spec=PLAIN)
    assert quarantined() == [("a: line 7",), ("b: line 7",)]
    land(store, tmp_path, Page(records=texts({"id": 3}), anew=("a", "c")), spec=PLAIN)
    assert quarantined() == [("b: line 7",)]


def test_a_landing_that_cannot_be_used_is_told_as_that(store: Connection, tmp_path: Path) -> None:
    (tmp_path / "landing").write_text("a file where a folder should be")
    with pytest.raises(LandingUnavailableError, match=r"landing\.url"):
        land(store, tmp_path, Page(records=texts({"id": 1})), spec=PLAIN)
    (tmp_path / "landing").unlink()
    assert land(store, tmp_path, Page(records=texts({"id": 1})), spec=PLAIN)["landed"] == 1


def test_content_is_kept_as_received_once(store: Connection, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(b"\x00\xff as received")
    raw = [Raw(name="orders.csv", content=file), Raw(name="mail", content=b"\x00\xff as received")]
    land(store, tmp_path, Page(records=texts({"id": 1}), raw=raw))
    (path, size), *more = store.execute("SELECT path, bytes FROM raw_content").fetchall()
    assert more == []
    assert (tmp_path / "landing" / path).read_bytes() == file.read_bytes()
    assert size == len(file.read_bytes())


def test_what_is_landed_can_be_read_by_nobody_else(store: Connection, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(b"1,anna.voss@post.de")
    raw = [Raw(name="orders.csv", content=file), Raw(name="mail", content=b"Dear Sir,")]
    (tmp_path / "landing").mkdir(mode=0o755)  # as an older version left it
    land(store, tmp_path, Page(records=texts({"id": 1}), raw=raw))
    files = [path for path in (tmp_path / "landing").rglob("*") if path.is_file()]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600] * 3
    assert (tmp_path / "landing").stat().st_mode & 0o777 == 0o700


def test_the_cursor_moves_with_its_page_and_is_given_to_the_connector(
    store: Connection, tmp_path: Path
) -> None:
    land(store, tmp_path, Page(records=texts({"id": 1}), cursor={"at": "ü"}))
    given: list[Cursor | None] = []

    class Listener(APlayer):
        def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
            given.append(cursor)
            return iter(())

    land_stream(
        store,
        connection_config=AConnection(),
        connector=Listener(spec=ORDERS, pages=()),
        stream=ORDERS,
        landing=Landing(str(tmp_path / "landing")),
    )
    assert given == [{"at": "ü"}]


def test_a_file_s_name_that_is_no_utf_8_can_be_landed(store: Connection, tmp_path: Path) -> None:
    name = os.fsdecode(b"M\xfcnchen.csv")
    torn = Page(
        records=texts({"id": 1}, "{"),
        cursor={"read": [name]},
        raw=[Raw(name=name, content=b"id\n1\n")],
        refused=[Refused(position=f"{name}: line 7", reason="cut off")],
        origins=[(0, name, None)],
    )
    assert land(store, tmp_path, torn)["refused"] == 2
    found = store.execute("SELECT position FROM quarantine ORDER BY position").fetchall()
    assert found[0] == ("M\\udcfcnchen.csv: line 7",)
    assert open_stream(store, "shop", "orders").cursor == {"read": [name]}
    land(store, tmp_path, Page(records=texts(), anew=[name]))
    assert store.execute("SELECT count(*) FROM quarantine").fetchone() == (0,)


def test_files_of_a_run_that_was_killed_are_collected_later(
    store: Connection, tmp_path: Path
) -> None:
    land(store, tmp_path, Page(records=texts({"id": 1}), raw=[Raw(name="a", content=b"kept")]))
    landing = Landing(str(tmp_path / "landing"))
    landing.write_records("records/shop/orders", texts({"id": 2}))
    landing.write_raw(Raw(name="b", content=b"lost"))
    assert collect_orphans(store, landing) == 0, "a run may be writing them now"
    assert collect_orphans(store, landing, grace_seconds=-1) == 2
    assert current(store, tmp_path) == [{"id": 1}]


def test_files_can_lie_in_another_place_than_a_disk(store: Connection) -> None:
    landing = Landing("memory://bucket/landing")
    written = landing.write_records("records/a/b", texts({"id": 1}, {"id": 2}))
    assert lines(landing, written.path, 0, 1) == ['{"id": 1}', '{"id": 2}']
    assert [path for path, _ in landing.paths()] == [written.path]


DELIVERY = st.tuples(st.integers(1, 3), st.sampled_from("abc"), st.integers(0, 2), st.booleans())


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DELIVERY, min_size=1, max_size=8), st.randoms(), st.integers(1, 8))
def test_any_order_and_split_of_versioned_deliveries_ends_the_same(
    embedded_template: PostgresServer,
    deliveries: list[tuple[int, str, int, bool]],
    chance: Random,
    size: int,
) -> None:
    records = [
        {"id": key, "changed": version, "n": n, **({"gone": True} if gone else {})}
        for key, version, n, gone in deliveries
    ]
    shuffled = records[:]
    chance.shuffle(shuffled)
    pages = [Page(records=texts(*shuffled[at : at + size])) for at in range(0, len(shuffled), size)]
    ends = []
    for delivered in ([Page(records=texts(*records))], pages):
        with (
            embedded_template.database(migrated=True) as url,
            connect(url) as store,
            TemporaryDirectory() as folder,
        ):
            counts = land(store, Path(folder), *delivered)
            parts = ("landed", "unchanged", "deleted", "refused")
            assert counts["received"] == sum(counts[part] for part in parts)
            ends.append((current(store, Path(folder)), [row[:1] + row[2:] for row in rows(store)]))
    assert ends[0] == ends[1]
