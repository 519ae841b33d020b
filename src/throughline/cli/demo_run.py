"""The demo: make its data and its home if they are not there, sync, and show what came of it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from throughline.cli.show import bars
from throughline.sync import SyncReport, stop_on_signals, sync

SEED = 1
DATA, HOME = "data", "home"


def run_demo(folder: Path, *, people: int, quiet: bool) -> int:
    """Run the demo in `folder` and return the exit code; a second run finds everything there."""
    folder = folder.absolute()
    data, home = folder / DATA, folder / HOME
    if not (data / "organisation.yaml").exists():
        _make_data(data, people)
    if not (home / "throughline.yaml").exists():
        from throughline.home.making import make_home  # noqa: PLC0415  # the first time only

        make_home(home, demo_data=data)
    from throughline.home import load_home  # noqa: PLC0415  # not before the home is there

    loaded = load_home(home)
    with stop_on_signals() as stop, bars() as progress:
        report = sync(loaded, progress=progress, stop=stop)
    if not quiet:
        _show(home, report)
    return report.exit_code


def _make_data(data: Path, people: int) -> None:
    """Write the demo's data; a half-written set from a killed run is written again."""
    import shutil  # noqa: PLC0415  # the first time only

    from throughline.demo_data import generate  # noqa: PLC0415  # the first time only

    making = data.with_name(f"{data.name}.new")
    shutil.rmtree(making, ignore_errors=True)
    with bars() as draw:
        generate(
            making,
            people=people,
            seed=SEED,
            progress=lambda done, total: draw("writing the demo's data", done, total),
        )
    making.rename(data)


def _show(home: Path, report: SyncReport) -> None:
    from throughline.cli.demo_report import show_demo  # noqa: PLC0415  # not with --quiet
    from throughline.home import load_home  # noqa: PLC0415
    from throughline.store import open_store, store_errors  # noqa: PLC0415

    loaded = load_home(home)
    with store_errors(), closing(open_store(loaded)) as connection:
        show_demo(loaded, connection, report)
