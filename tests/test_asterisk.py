"""The asterisk connector: rows of every width, growing and rotated files, UTC."""

from __future__ import annotations

import gzip
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from throughline.connector import Connector
from throughline.testing import assert_conforms, context, manifest_mistakes, read_all
from throughline_telephony.asterisk import open_connection

MANIFEST = Path(__file__).parents[1] / "connectors/throughline_telephony/asterisk/manifest.yaml"
OLD = time.time() - 1000


def a_leg(number: int, *, width: int = 21, **values: str) -> str:
    """Return a row as cdr_csv writes it, with as many columns."""
    named = {
        "src": "+49301234567",
        "dst": "201",
        "clid": '"Juergen Mueller" <+49301234567>',
        "channel": f"PJSIP/trunk-{number:08x}",
        "start": "2026-11-22 13:30:48",
        "sequence": str(number),
        **values,
    }
    row = [
        "service", named["src"], named["dst"], "inbound", named["clid"], named["channel"],
        "PJSIP/201-00000002", "Dial", "PJSIP/201,30", named["start"], "2026-11-22 13:30:50",
        "2026-11-22 13:31:00", "12", "10", "ANSWERED", "DOCUMENTATION",
    ]  # fmt: skip
    unique = named.get("uniqueid", f"1795354248.{number}")
    row += {16: [], 17: [unique], 18: [unique, "note"], 20: [unique], 21: [unique, "note"]}[width]
    if width > 18:
        row += ["", named.get("linkedid", "1795354248.1"), named["sequence"]]
    assert len(row) == width
    return ",".join('"' + value.replace('"', '""') + '"' for value in row) + "\n"


def connector(folder: Path, **settings: Any) -> Connector:
    """Open the folder of call records."""
    return open_connection(context(folder, {"path": ".", **settings}))


def write(file: Path, text: str, *, mode: str = "w", when: float = OLD) -> None:
    """Write a file and date it."""
    with file.open(mode) as opened:
        opened.write(text)
    os.utime(file, (when, when))


def legs(folder: Path, **settings: Any) -> list[dict[str, str]]:
    """Read the legs in the order of arrival."""
    reading = read_all(connector(folder, **settings), "calls")
    return [json.loads(text) for page in reading.pages for text in page.records.to_pylist()]


def test_a_leg_is_named_by_uniqueid_and_sequence_and_grouped_by_linkedid(tmp_path: Path) -> None:
    write(tmp_path / "Master.csv", a_leg(1) + a_leg(2))
    found = legs(tmp_path)
    assert [leg["leg"] for leg in found] == ["1795354248.1/1", "1795354248.2/2"]
    assert {leg["call"] for leg in found} == {"1795354248.1"}
    assert found[0]["clid"] == '"Juergen Mueller" <+49301234567>'


@pytest.mark.parametrize("width", [16, 17, 18, 20, 21])
def test_the_columns_are_known_by_their_number(tmp_path: Path, width: int) -> None:
    write(tmp_path / "Master.csv", a_leg(1, width=width))
    (leg,) = legs(tmp_path)
    assert leg["amaflags"] == "DOCUMENTATION"
    assert ("uniqueid" in leg) == (width > 16)
    assert leg.get("userfield") == ("note" if width in (18, 21) else None)
    assert leg["call"] == ("1795354248.1" if width > 16 else leg["leg"])


def test_a_seventeenth_column_that_is_no_uniqueid_is_the_userfield(tmp_path: Path) -> None:
    write(tmp_path / "Master.csv", a_leg(1, width=17, uniqueid="ticket-7"))
    (leg,) = legs(tmp_path)
    assert leg["userfield"] == "ticket-7"
    assert "uniqueid" not in leg


def test_rows_of_one_uniqueid_without_sequence_are_told_apart(tmp_path: Path) -> None:
    rows = [a_leg(1, width=18, uniqueid="1795354248.1", channel=f"Local/{n}") for n in (1, 2)]
    write(tmp_path / "Master.csv", "".join(rows))
    assert len({leg["leg"] for leg in legs(tmp_path)}) == 2


def test_a_file_whose_columns_were_switched_on_later_is_read_throughout(tmp_path: Path) -> None:
    write(tmp_path / "Master.csv", a_leg(1, width=18) + a_leg(2) + a_leg(3, width=18))
    assert [leg.get("sequence") for leg in legs(tmp_path)] == [None, "2", None]


def test_a_row_of_another_width_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "Master.csv", a_leg(1) + '"a","b"\n' + a_leg(2))
    reading = read_all(connector(tmp_path), "calls")
    assert len(reading.records) == 2
    assert [position for position, _ in reading.refused] == ["Master.csv: line 2"]


def test_times_are_marked_where_the_exchange_writes_utc(tmp_path: Path) -> None:
    write(tmp_path / "Master.csv", a_leg(1))
    assert legs(tmp_path)[0]["start"] == "2026-11-22 13:30:48"
    assert legs(tmp_path, utc=True)[0]["start"] == "2026-11-22 13:30:48Z"
    assert legs(tmp_path, utc=True)[0]["leg"] == legs(tmp_path)[0]["leg"]


def test_legs_are_read_again_when_the_setting_of_utc_changes(tmp_path: Path) -> None:
    write(tmp_path / "Master.csv", a_leg(1))
    first = read_all(connector(tmp_path), "calls")
    second = read_all(connector(tmp_path, utc=True), "calls", first.cursor)
    assert ["13:30:48Z" in text for text in second.records.values()] == [True]


def test_of_a_file_that_grew_the_new_rows_alone_are_read(tmp_path: Path) -> None:
    write(tmp_path / "Master.csv", a_leg(1))
    first = read_all(connector(tmp_path), "calls")
    write(tmp_path / "Master.csv", a_leg(2), mode="a", when=OLD + 9)
    second = read_all(connector(tmp_path), "calls", first.cursor)
    assert sorted(second.records) == ["1795354248.2/2"]


def test_a_rotated_file_gives_only_what_it_got_since(tmp_path: Path) -> None:
    write(tmp_path / "Master.csv", a_leg(1))
    first = read_all(connector(tmp_path), "calls")
    write(tmp_path / "Master.csv", a_leg(2), mode="a", when=OLD + 9)
    (tmp_path / "Master.csv").rename(tmp_path / "Master.csv.1")
    write(tmp_path / "Master.csv", a_leg(3), when=OLD + 20)
    second = read_all(connector(tmp_path), "calls", first.cursor)
    assert sorted(second.records) == ["1795354248.2/2", "1795354248.3/3"]
    packed = gzip.compress((tmp_path / "Master.csv.1").read_bytes())
    (tmp_path / "Master.csv.1").unlink()
    (tmp_path / "Master.csv.2.gz").write_bytes(packed)
    third = read_all(connector(tmp_path), "calls", second.cursor)
    assert third.records.items() <= (first.records | second.records).items()


def test_the_connection_conforms(tmp_path: Path) -> None:
    write(tmp_path / "Master.csv", "".join(a_leg(number) for number in range(30_000)))
    write(tmp_path / "Master-0001.csv", a_leg(1, width=18))
    assert_conforms(lambda: connector(tmp_path))


def test_the_manifest_describes_every_setting() -> None:
    assert manifest_mistakes(MANIFEST, {"path": "/var/log/asterisk/cdr-csv"}) == []


def test_a_folder_that_is_not_there_is_told_by_its_own_setting(tmp_path: Path) -> None:
    missing = connector(tmp_path, path="cdr")
    assert [(one.ok, one.message) for one in missing.check()] == [
        (False, "not found; `path` in the connection's settings names it")
    ]
