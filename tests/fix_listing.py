"""A connector that lists all of a small system at each reading, installed for a test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fix_homes import install_connector
from throughline.home import connectors

CODE = '''
"""A connector that lists all that a JSON file holds, at each reading."""

import json
import pyarrow as pa
from throughline.connector import Finding, Page, StreamSpec


class Listing:
    def __init__(self, context):
        self.path = context.folder / context.settings["path"]

    def streams(self):
        return [StreamSpec(name="people", key=("id",), rule="people")]

    def check(self):
        yield Finding(subject="reachable", ok=True, message="yes")

    def read(self, stream, cursor):
        listed = json.loads(self.path.read_text("utf-8"))
        records = pa.array([json.dumps(one) for one in listed["people"]], pa.string())
        where = ((0, "people.json", 1),)
        complete = listed["complete"]
        yield Page(records=records, origins=where, anew=("people.json",), sweep_complete=complete)


def open_connection(context):
    return Listing(context)
'''

MANIFEST = """
title: Lists a JSON file
channel: other
streams: [people]
settings: {type: object, required: [path], properties: {path: {type: string}}}
"""


@pytest.fixture
def listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the connector `listing` in this process, until the test is over."""
    install_connector(tmp_path / "site", "listing", code=CODE, manifest=MANIFEST)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    _forget()
    yield
    _forget()
    sys.modules.pop("listing_connector", None)


def _forget() -> None:
    """Let the connectors that are installed be looked for anew."""
    for found in (connectors.connector_names, connectors.read_manifest, connectors._entry_point):
        found.cache_clear()
