"""Homes for tests, the commands that run on them, and a plug-in connector that behaves as told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

COMMAND = (sys.executable, "-m", "throughline.cli")

SHOP = """\
connector: files
channel: webshop
settings: {url: ../shop}
streams:
  customers: {files: "*.jsonl", key: id, version: date_modified_gmt, rule: woocommerce_customers}
"""

PLUGIN = '''
"""A connector that behaves as its settings say."""

import json, os, signal, time
import pyarrow as pa
from throughline.connector import Finding, Page, StreamSpec
from throughline.errors import AccessError


class Told:
    def __init__(self, context):
        self.context = context

    def streams(self):
        return [StreamSpec(name="customers", key=("id",), rule="woocommerce_customers")]

    def check(self):
        yield Finding(subject="reachable", ok=True, message="yes")

    def read(self, stream, cursor):
        do, folder = self.context.settings["do"], self.context.folder
        pages = self.context.settings.get("pages", 1)
        for page in range((cursor or {"page": 0})["page"], pages):
            record = {"id": page, "email": f"{self.context.name}{page}@one.example",
                      "first_name": "Ada", "last_name": f"Number{page}",
                      "date_modified_gmt": "2026-01-01T00:00:00"}
            yield Page(records=pa.array([json.dumps(record)]), cursor={"page": page + 1})
            if do == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            if do == "refuse":
                raise AccessError(self.context.name, "the password was refused; renew it")
            if do == "break":
                raise ValueError("secret inside")
            if do == "eat":
                self.eaten = bytearray(8 << 30)
            if do == "crawl":
                (folder / f"{self.context.name}.began").touch()
                time.sleep(0.1)


def open_connection(context):
    return Told(context)
'''

MANIFEST = """
title: Does as told
channel: webshop
streams: [customers]
settings:
  type: object
  additionalProperties: false
  required: [do]
  properties:
    do: {type: string}
    pages: {type: integer}
"""


def install_connector(site: Path, name: str, *, code: str, manifest: str) -> None:
    """Install a connector's package, `<name>_connector`, into a folder of installed packages."""
    package, info = site / f"{name}_connector", site / f"{name}_connector-1.dist-info"
    for made in (package, info):
        made.mkdir(parents=True)
    (package / "__init__.py").write_text(code, "utf-8")
    (package / "manifest.yaml").write_text(manifest, "utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-connector\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        f"[throughline.connectors]\n{name} = {name}_connector:open_connection\n"
    )


def a_plugin(folder: Path) -> dict[str, str]:
    """Install the connector `told` in a folder of its own; return the environment that finds it."""
    install_connector(folder, "told", code=PLUGIN, manifest=MANIFEST)
    return {"PYTHONPATH": str(folder)}


def a_told(do: str, pages: int = 1) -> str:
    """Return the file of a connection that does as told."""
    return f"connector: told\nsettings: {{do: {do}, pages: {pages}}}\n"


def a_home(folder: Path, store_url: str | None = None, **connections: str) -> Path:
    """Write a home with this store and these connections; return its folder."""
    (folder / "connections").mkdir(parents=True)
    store = store_url or "embedded"
    text = f"store: {{url: '{store}'}}\ndefaults: {{region: DE, currency: EUR}}\n"
    (folder / "throughline.yaml").write_text(text, "utf-8")
    for name, content in connections.items():
        (folder / "connections" / f"{name}.yaml").write_text(content, "utf-8")
    return folder


def an_account(number: int, **values: object) -> dict[str, object]:
    """Return a web shop account."""
    return {
        "id": number,
        "email": f"ada{number}@one.example",
        "first_name": "Ada",
        "last_name": f"Number{number}",
        "date_created_gmt": "2026-01-01T00:00:00",
        "date_modified_gmt": "2026-01-01T00:00:00",
        **values,
    }


def write_shop(folder: Path, accounts: Sequence[Mapping[str, object]], name: str = "a") -> None:
    """Write accounts as the web shop's export."""
    folder.mkdir(exist_ok=True)
    lines = "".join(json.dumps(account) + "\n" for account in accounts)
    (folder / f"{name}.jsonl").write_text(lines, "utf-8")


def run(
    *words: str | Path,
    home: Path | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `throughline` with these words to its end."""
    with_home = ["--home", str(home)] if home else []
    return subprocess.run(
        [*COMMAND, *with_home, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "COLUMNS": "100", **(environment or {})},
    )


def start(
    *words: str, home: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start `throughline` with these words, in a process group of its own as a terminal does."""
    return subprocess.Popen(
        [*COMMAND, "--home", str(home), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, **(environment or {})},
    )


def wait_for(path: Path) -> None:
    """Return once a file is there."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    """Return what the store answers."""
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()
