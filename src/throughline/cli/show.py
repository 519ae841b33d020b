"""Show things to a person: tables 100 columns wide, progress bars, times and numbers."""

from __future__ import annotations

import errno
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NoReturn

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.progress import Progress as RichProgress
    from rich.segment import Segment
    from rich.table import Table

    from throughline.progress import Progress

WIDTH = 100
PATIENCE_SECONDS = 1.0

_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that a terminal obeys, or by which it turns the order of others."""
_RAW_IN_JSON = re.compile("[\x7f-\x9f]")


def shown_plainly(text: str) -> str:
    """Return a text without what a terminal would obey: who wrote to us may have written it."""
    return _COMMANDS.sub("", text)


def console(*, stderr: bool = False) -> Console:
    """Return a console of at most 100 columns; in a pipe it writes plain text of that width."""
    from rich.console import Console  # noqa: PLC0415  # slow to load, and not always needed
    from rich.segment import Segment  # noqa: PLC0415  # as above

    class Screen(Console):
        """Shows values plainly; leaves it to the command line what follows a reader's leaving."""

        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterable[Segment]:
            for text, style, control in super().render(renderable, options):
                yield Segment(text if control else shown_plainly(text), style, control)

        def on_broken_pipe(self) -> NoReturn:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    stream = sys.stderr if stderr else sys.stdout
    told = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    width = min(WIDTH, told or WIDTH)  # 0: it does not know, as in a container
    columns = max(width, 40)
    return Screen(file=stream, width=columns, highlight=False, emoji=False, markup=False)


def table(*columns: str, numbers: Sequence[str] = ()) -> Table:
    """Return an empty table; columns in `numbers` are set flush right.

    Where the screen is narrow, headings of several words are broken before any single word is.
    """
    from rich import box  # noqa: PLC0415  # as above
    from rich.table import Table  # noqa: PLC0415

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in numbers else "left"
        made.add_column(column, justify=justify, overflow="fold")
    return made


def number(value: int) -> str:
    """Write a count as people read it; nothing is a dash."""
    return f"{value:,}" if value else "–"


def ago(moment: datetime | None) -> str:
    """Say how long ago a moment was."""
    if moment is None:
        return "never"
    seconds = max(0, (datetime.now(UTC) - moment).total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit} ago"
    return f"{int(seconds)} s ago"


def print_json(value: Any) -> None:
    """Print a value as JSON, one line."""
    import json  # noqa: PLC0415  # only with --json

    text = json.dumps(value, ensure_ascii=False, default=str)
    text = _RAW_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    print(text)  # noqa: T201  # a command's output


@contextmanager
def bars() -> Iterator[Progress]:
    """Yield a progress callable that draws bars on stderr once a second has passed.

    Without a terminal it only passes on words that a person waits for, one line each.
    """
    if not sys.stderr.isatty():
        yield _Words()
        return
    drawn = _Bars()
    try:
        yield drawn
    finally:
        drawn.close()


class _Words:
    """Passes on what a person waits for, each once."""

    def __init__(self) -> None:
        self.told: set[str] = set()

    def __call__(self, what: str, done: int, total: int | None) -> None:
        if what.startswith("waiting") and what not in self.told:
            self.told.add(what)
            print(what, file=sys.stderr)  # noqa: T201  # a command's output


def load_tables() -> None:
    """Load what tables are drawn with, which takes a twentieth of a second."""
    console()
    table()


class _Bars:
    """Progress bars that begin late, so that a quick command draws nothing.

    Drawing starts a thread; it must not begin before a sync has forked its processes, and what is
    called here comes from them.
    """

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.drawn: RichProgress | None = None
        self.tasks: dict[str, Any] = {}

    def __call__(self, what: str, done: int, total: int | None) -> None:
        waiting = what.startswith("waiting")
        if not waiting and time.monotonic() - self.began < PATIENCE_SECONDS:
            return
        drawn = self._drawn()
        if what not in self.tasks:
            self.tasks[what] = drawn.add_task(what, total=total)
        drawn.update(self.tasks[what], completed=done, total=total)

    def close(self) -> None:
        """Take the bars away."""
        if self.drawn is not None:
            self.drawn.stop()

    def _drawn(self) -> RichProgress:
        if self.drawn is None:
            from rich.progress import (  # noqa: PLC0415  # only where there is something to wait for
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeElapsedColumn,
            )

            self.drawn = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=console(stderr=True),
                transient=True,
            )
            self.drawn.start()
        return self.drawn
