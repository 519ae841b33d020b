"""What doesn't fit into memory spills to where this user alone may look."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pytest

from throughline.connector import text_engine
from throughline.home.organisation import Organisation
from throughline.merge.golden import GoldenRecords
from throughline.merge.survivorship import rules_from
from throughline.normalise import Sandbox
from throughline.private_files import spill_folder


def engines() -> list[duckdb.DuckDBPyConnection]:
    rules = rules_from({"systems": [], "fields": {}}, {})
    sandbox = Sandbox(Organisation(name="Us")).session()
    return [sandbox, GoldenRecords(rules)._duckdb, text_engine()]


def test_every_engine_spills_into_a_folder_of_ours_and_not_where_one_stands() -> None:
    for engine in engines():
        row = engine.execute("SELECT current_setting('temp_directory')").fetchone()
        assert row
        assert Path(row[0]).is_absolute()
        assert Path(row[0]).stat().st_mode & 0o777 == 0o700
        with pytest.raises(duckdb.PermissionException):
            engine.execute("SELECT * FROM read_text('/etc/passwd')")


def test_without_such_a_folder_the_engines_open_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    text_engine.cache_clear()
    assert [
        one.execute("SELECT current_setting('temp_directory')").fetchone() for one in engines()
    ] == [("",)] * 3
    text_engine.cache_clear()


def test_a_folder_that_others_may_enter_or_led_there_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = Path(spill_folder())
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    assert spill_folder() == ""
    folder.rmdir()
    folder.symlink_to(tmp_path)
    assert spill_folder() == ""
