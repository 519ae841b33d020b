"""`export`: the store's content for spreadsheets and programs, streamed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from throughline.cli.invocation import HomeOption, open_home
from throughline.counts import counted


class Subject(StrEnum):
    """What can be exported."""

    CROSSWALK = "crosswalk"
    CUSTOMERS = "customers"
    PARTIES = "parties"
    INTERACTIONS = "interactions"
    ORDERS = "orders"
    INVOICES = "invoices"


class Format(StrEnum):
    """How it is written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("export")(export)


def export(
    subject: Annotated[
        Subject, typer.Argument(metavar="SUBJECT", help=f"One of {', '.join(Subject)}.")
    ],
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.CSV,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; without it: standard output.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Write what the store holds to a file.

    `crosswalk` says which customer each source record names.
    """
    from contextlib import closing  # noqa: PLC0415  # when it runs

    from throughline.cli.exporting import write_export  # noqa: PLC0415
    from throughline.store import open_store, store_errors  # noqa: PLC0415

    loaded = open_home(home, only=())
    with store_errors(), closing(open_store(loaded)) as connection:
        rows = write_export(connection, subject.value, form.value, out)
    if out is not None:
        typer.echo(f"wrote {counted(rows, 'row', 'rows')} to {out}", err=True)
