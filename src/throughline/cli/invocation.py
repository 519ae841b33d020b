"""What every command shares: which home it works on, and whether a program reads its output."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from throughline.home import Home

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="DIR",
        help="The home; without it THROUGHLINE_HOME, or the nearest folder above that is one.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


HOME_BEFORE_COMMAND: ContextVar[Path | None] = ContextVar("home_before_command", default=None)


def home_folder(chosen: Path | None) -> Path:
    """Return the home's folder: the option after the command, before it, the variable, or above."""
    from throughline.home import find_home  # noqa: PLC0415  # only when a command runs

    before = HOME_BEFORE_COMMAND.get()
    if chosen or before:
        return (chosen or before or Path()).resolve()
    named = os.environ.get("THROUGHLINE_HOME")
    return Path(named).resolve() if named else find_home(Path.cwd())


def open_home(
    chosen: Path | None, *, only: Collection[str] | None = None, secrets_needed: bool = False
) -> Home:
    """Load the home that a command works on."""
    from throughline.home import load_home  # noqa: PLC0415  # only when a command runs

    return load_home(home_folder(chosen), only=only, secrets_needed=secrets_needed)
