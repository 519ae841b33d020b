"""`rules diff`: what changed mapping rules would change, before they do."""

from __future__ import annotations

from typing import Annotated

import typer

from throughline.cli.invocation import HomeOption, JsonOption, open_home


def app() -> typer.Typer:
    """Return the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Look at mapping rules.")
    group.command("diff")(diff)
    group.callback()(rules)
    return group


def rules() -> None:
    """Look at mapping rules."""


def diff(
    connections: Annotated[
        list[str] | None, typer.Argument(metavar="[CONNECTION]...", help="Only these; none: all.")
    ] = None,
    samples: Annotated[int, typer.Option(min=0, help="So many examples a stream.")] = 3,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Print values too, not only which fields.")
    ] = False,
    json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Say what changed rules or settings would change.

    It is what the next sync would do to all that has landed.
    """
    from throughline.cli.rule_diff import print_diff  # noqa: PLC0415  # when it runs
    from throughline.cli.show import bars, print_json  # noqa: PLC0415
    from throughline.sync.diffing import diff_rules  # noqa: PLC0415

    loaded = open_home(home, only=connections or None)
    with bars() as progress:
        found = diff_rules(loaded, samples=samples, progress=progress)
    if json:
        print_json([one.as_json(show_values=show_values) for one in found])
    else:
        print_diff(found, show_values=show_values)
