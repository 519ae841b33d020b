"""Load the demo's four channels with dlt: extract, normalise, load; nothing resolved or merged.

Run by speed.py with the interpreter of bench/.env:
    python load_with_dlt.py DATA URL WORK
DATA is a folder of demo data, URL a PostgreSQL database, WORK a folder for dlt's own files. The
settings are the quickest that keep dlt's own normalising: its CSV loader, two normalise workers,
large buffers, Arrow for the CSV files; JSON lines and mail in pages, as its own readers do.
"""

from __future__ import annotations

import json
import mailbox
import os
import sys
import time
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path
from typing import Any

PAGE = 5_000
os.environ |= {
    "NORMALIZE__WORKERS": "2",
    "NORMALIZE__DATA_WRITER__BUFFER_MAX_ITEMS": "50000",
    "NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS": "100000",
    "EXTRACT__DATA_WRITER__BUFFER_MAX_ITEMS": "50000",
    "EXTRACT__DATA_WRITER__FILE_MAX_ITEMS": "50000",
    "LOAD__WORKERS": "2",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
}

import dlt  # noqa: E402  # reads its settings from the environment above
import orjson  # noqa: E402
import pyarrow as pa  # noqa: E402
from pyarrow import csv  # noqa: E402

CDR = [
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "uniqueid",
    "userfield",
    "peeraccount",
    "linkedid",
    "sequence",
]


def json_lines(files: list[Path]) -> Iterator[list[dict[str, Any]]]:
    """Yield the files' records in pages, as dlt's own reader of JSON lines does."""
    for path in files:
        page = []
        with path.open("rb") as file:
            for line in file:
                page.append(orjson.loads(line))
                if len(page) == PAGE:
                    yield page
                    page = []
        if page:
            yield page


def rows(
    files: list[Path], *, delimiter: str, columns: list[str] | None = None
) -> Iterator[pa.Table]:
    """Yield the files' rows as Arrow tables of text, the quickest form that dlt takes."""
    for path in files:
        names = columns or path.open(encoding="utf-8-sig").readline().strip().split(delimiter)
        reader = csv.open_csv(
            path,
            read_options=csv.ReadOptions(column_names=names, skip_rows=0 if columns else 1),
            parse_options=csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
        for batch in reader:
            yield pa.Table.from_batches([batch])


def messages(files: list[Path]) -> Iterator[list[dict[str, Any]]]:
    """Yield the mailboxes' messages in pages: headers decoded, and the first text part."""
    for path in files:
        page = []
        for message in mailbox.mbox(path):
            page.append(as_row(message))
            if len(page) == PAGE:
                yield page
                page = []
        if page:
            yield page


def as_row(message: Message) -> dict[str, Any]:
    """Return one message as a flat row."""
    names = ("message-id", "in-reply-to", "references", "date", "from", "to", "cc", "subject")
    row: dict[str, Any] = {name.replace("-", "_"): header(message, name) for name in names}
    row["text"] = first_text(message)
    return row


def header(message: Message, name: str) -> str | None:
    """Return a header decoded, or as it stands where it can't be."""
    value = message.get(name)
    if value is None:
        return None
    try:
        return str(make_header(decode_header(str(value))))
    except (LookupError, UnicodeDecodeError, ValueError):
        return str(value)


def first_text(message: Message) -> str | None:
    """Return the first text part, decoded."""
    for part in message.walk():
        if part.get_content_maintype() == "text":
            content = part.get_payload(decode=True) or b""
            try:
                return content.decode(part.get_content_charset() or "utf-8", "replace")
            except LookupError:
                return content.decode("utf-8", "replace")
    return None


def main(data: Path, url: str, work: Path) -> None:
    """Load everything once and print the seconds of each of dlt's three steps."""

    def files(pattern: str) -> list[Path]:
        return sorted(data.glob(pattern))

    sources = [
        dlt.resource(messages(files("mail/*.mbox")), name="messages"),
        dlt.resource(rows(files("telephony/*.csv"), delimiter=",", columns=CDR), name="calls"),
        dlt.resource(json_lines(files("webshop/customers-*.jsonl")), name="customers"),
        dlt.resource(json_lines(files("webshop/orders-*.jsonl")), name="orders"),
        dlt.resource(rows(files("erp/partners-*.csv"), delimiter=";"), name="partners"),
        dlt.resource(rows(files("erp/invoices-*.csv"), delimiter=";"), name="invoices"),
    ]
    pipeline = dlt.pipeline(
        "peer",
        pipelines_dir=str(work),
        destination=dlt.destinations.postgres(url),
        dataset_name="peer",
    )
    seconds = {}
    started = time.perf_counter()
    for step in (
        lambda: pipeline.extract(sources, loader_file_format="csv"),
        pipeline.normalize,
        pipeline.load,
    ):
        at = time.perf_counter()
        done = step()
        seconds[type(done).__name__] = round(time.perf_counter() - at, 2)
    seconds["total"] = round(time.perf_counter() - started, 2)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
