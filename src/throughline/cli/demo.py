"""`demo-data` writes the data of a small company, `demo` merges its four channels and shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from throughline.cli.invocation import JsonOption
from throughline.errors import ConfigurationError


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("demo-data")(demo_data)
    app.command("demo")(demo)


def demo_data(
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write to.")],
    people: Annotated[int, typer.Option(min=1, help="How many people there are.")] = 300,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    delta: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Write a second delivery, this share of it new."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write the data of a small company.

    A mailbox, call records, a web shop and an ERP, as real systems export them.
    """
    from throughline.cli.show import bars, print_json  # noqa: PLC0415  # when it runs
    from throughline.demo_data import generate  # noqa: PLC0415

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigurationError(f"{out} is not empty; name a new folder")
    with bars() as draw:
        report = generate(
            out,
            people=people,
            seed=seed,
            delta=delta,
            progress=lambda done, total: draw("writing people", done, total),
        )
    if json:
        print_json({"folder": str(out), "records": dict(report.records)})
        return
    written = ", ".join(f"{count:,} {name}" for name, count in report.records.items())
    typer.echo(f"wrote {people:,} people to {out}: {written}")
    typer.echo(f"next: throughline init HOME --demo-data {out}")


def demo(
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Where its data and its home are.")
    ] = Path("demo"),
    people: Annotated[int, typer.Option(min=20, help="How many people, at the first run.")] = 300,
    quiet: Annotated[bool, typer.Option("--quiet", help="Make it, show nothing.")] = False,
) -> None:
    """Merge a small company's channels and show it.

    Run again, it changes nothing and publishes nothing.
    """
    from throughline.cli.demo_run import run_demo  # noqa: PLC0415  # when it runs

    raise typer.Exit(run_demo(folder, people=people, quiet=quiet))
