"""Any history of changes ends as a fresh store that is given the final state at once."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest

from tests.fix_deliveries import sync_here
from tests.fix_postgres import PostgresServer
from tests.histories import History, Step, a_history
from tests.store_picture import differences, feed_position, picture
from throughline import mass_delete
from throughline.land import stream as landing
from throughline.merge import run as merging
from throughline.resolve import changes as resolving
from throughline_files import connection as files

pytestmark = pytest.mark.usefixtures("listing")


SMALL = [
    (mass_delete, "ROWS", 3),
    (files, "PAGE_ROWS", 2),
    (landing, "GONE_A_BATCH", 1),
    (resolving, "PARTIES_A_SLICE", 6),
    (merging, "CUSTOMERS_A_BATCH", 2),
    (merging, "RECORDS_A_BATCH", 3),
]
"""Sizes with which a small world is large: its guards wait, and its work takes several batches."""


@contextmanager
def small_sizes() -> Iterator[None]:
    """Let the sizes be SMALL within a block."""
    with ExitStack() as patches:
        for module, name, size in SMALL:
            patches.enter_context(patch.object(module, name, size))
        yield


def what_differs(server: PostgresServer, steps: Sequence[Step]) -> tuple[list[str], list[str]]:
    """Return what a history ends in that a fresh store does not, and what happened in it."""
    with (
        server.database(migrated=True) as url,
        server.database(migrated=True) as fresh_url,
        tempfile.TemporaryDirectory() as folder,
    ):
        history = History(Path(folder) / "grown", url)
        try:
            with small_sizes():
                for step in steps:
                    history.take(step)
                history.settle()
            got, told = picture(url), feed_position(url)
            sync_here(history.home())
            found = [] if told == feed_position(url) else ["a sync without news tells something"]
            final = history.world.final(Random(len(steps)))
            sync_here(final.write(Path(folder) / "fresh", fresh_url))
            found += differences(got, picture(fresh_url), "only here", "only in a fresh store")
        except Exception as error:  # noqa: BLE001  # any is a find, to be told with its history
            found = [f"{type(error).__name__}: {error}"]
        return found, [words for words in history.told if words]


def shortest(server: PostgresServer, steps: list[Step], within: float) -> list[Step]:
    """Return fewer steps that still differ: halves are left out first, single steps last.

    It takes as many seconds as are given, and then what was found until there.
    """
    until = time.monotonic() + within
    size = len(steps) // 2
    while size:
        for start in range(len(steps) - size, -1, -size):
            fewer = steps[:start] + steps[start + size :]
            if time.monotonic() < until and what_differs(server, fewer)[0]:
                steps = fewer
        size //= 2
    return steps


def assert_ends_as_a_fresh_store(
    server: PostgresServer, seed: int, *, length: int, within: float
) -> None:
    """Fail with the shortest history that is found in some seconds, and what differs in its end."""
    steps = a_history(seed, length)
    if what_differs(server, steps)[0]:
        steps = shortest(server, steps, within)
        found, told = what_differs(server, steps)
        pytest.fail("\n".join([f"seed {seed}: {steps}", *told, "", *found[:20]]))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_short_history_ends_as_a_fresh_store(
    embedded_template: PostgresServer, seed: int
) -> None:
    assert_ends_as_a_fresh_store(embedded_template, seed, length=15, within=60)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1_000, 1_200))
def test_many_histories_end_as_a_fresh_store(embedded_template: PostgresServer, seed: int) -> None:
    assert_ends_as_a_fresh_store(embedded_template, seed, length=30, within=1_200)
