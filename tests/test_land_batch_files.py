"""The landing's batch files: read by line, by every tool, and damaged."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from throughline.errors import LandingError
from throughline.land import Landing
from throughline.land.batch_file import pack, unpack_lines


@given(st.lists(st.text(max_size=20).map(json.dumps), max_size=2000), st.data())
def test_any_lines_of_a_batch_file_are_read_without_the_rest(texts: list[str], data: Any) -> None:
    file = io.BytesIO(pack(pa.array(texts, pa.string())))
    every = list(range(len(texts)))
    some = data.draw(st.lists(st.sampled_from(every), max_size=40)) if texts else []
    for lines in (every, some):
        found = unpack_lines(file, pa.array(lines, pa.int32()))
        assert found.to_pylist() == [texts[line] for line in lines]


def test_a_batch_file_is_read_by_every_tool_for_zstandard() -> None:
    records = pa.array([f'{{"id": {n}}}' for n in range(1500)])
    with zstandard.ZstdDecompressor().stream_reader(
        io.BytesIO(pack(records)), read_across_frames=True
    ) as reader:
        assert reader.read().decode().splitlines() == records.to_pylist()


@pytest.mark.parametrize("damage", ["gone", "cut", "empty", "changed"])
def test_a_damaged_file_of_the_landing_is_named(tmp_path: Path, damage: str) -> None:
    landing = Landing(str(tmp_path))
    records = pa.array([f'{{"id": {n}}}' for n in range(600)])
    written = landing.write_records("records/a/b", records)
    file = tmp_path / written.path
    content = file.read_bytes()
    file.unlink()
    if damage != "gone":
        changed = content[:20] + bytes(byte ^ 0x55 for byte in content[20:40]) + content[40:]
        file.write_bytes({"cut": content[:-30], "empty": b"", "changed": changed}[damage])
    with pytest.raises(LandingError, match=written.sha256):
        landing.read_lines(written.path, pa.array([0], pa.int32()))
