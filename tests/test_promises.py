"""The promises that hold over all stages: order, batches and repetition do not matter."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fix_deliveries import Outcome, a_home_at, deliver, drop, outcome, sync_here
from tests.fix_postgres import PostgresServer
from throughline.demo_data import generate
from throughline.home import Home
from throughline.store import connect

PEOPLE = 30


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return demo data with a second delivery of changes, additions and deletions."""
    folder = tmp_path_factory.mktemp("data")
    generate(folder, people=PEOPLE, seed=11, delta=0.2)
    return folder


@contextmanager
def an_empty_home(server: PostgresServer, data: Path) -> Iterator[tuple[Home, Path, str]]:
    with server.database(migrated=True) as url, tempfile.TemporaryDirectory() as folder:
        home = a_home_at(Path(folder), data, url)
        yield home, Path(folder) / "inbox", url


def after(server: PostgresServer, data: Path, *, cuts: int, seed: int, repeat: bool) -> Outcome:
    """Return what comes of the base and then the delta, each cut and shuffled."""
    chance = random.Random(seed)
    with an_empty_home(server, data) as (home, inbox, url):
        base = deliver(data, inbox, cuts=cuts, chance=chance)
        delta = deliver(data / "delta", inbox, cuts=cuts, chance=chance)
        for files in [*base, *delta]:
            drop(files, inbox)
            names = list(home.connections)
            chance.shuffle(names)
            sync_here(home, names)
            if repeat:
                sync_here(home)
        return outcome(url)


@pytest.fixture(scope="module")
def in_one_piece(embedded_template: PostgresServer, data: Path) -> Outcome:
    """Return what comes of one base delivery and one delta, unshuffled by chance of cutting."""
    return after(embedded_template, data, cuts=1, seed=0, repeat=False)


@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # an example takes seconds: shrinking would take an hour
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cuts=st.integers(1, 4), seed=st.integers(1, 10_000), repeat=st.booleans())
def test_any_split_and_order_of_a_delivery_gives_the_same_customers_and_feed(
    embedded_template: PostgresServer,
    data: Path,
    in_one_piece: Outcome,
    cuts: int,
    seed: int,
    repeat: bool,
) -> None:
    got = after(embedded_template, data, cuts=cuts, seed=seed, repeat=repeat)
    assert got.partition == in_one_piece.partition
    assert got.golden == in_one_piece.golden
    assert got.records == in_one_piece.records


@pytest.mark.soak
@settings(
    max_examples=60,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cuts=st.integers(1, 8), seed=st.integers(), repeat=st.booleans())
def test_many_splits_and_orders_give_the_same_customers_and_feed(
    embedded_template: PostgresServer,
    data: Path,
    in_one_piece: Outcome,
    cuts: int,
    seed: int,
    repeat: bool,
) -> None:
    got = after(embedded_template, data, cuts=cuts, seed=seed, repeat=repeat)
    assert got == in_one_piece


def test_running_again_changes_no_row_and_tells_nothing(
    embedded_template: PostgresServer, data: Path
) -> None:
    tables = ("source_record", "party", "record", "participant", "member", "link", "feed_event")
    with an_empty_home(embedded_template, data) as (home, inbox, url):
        for files in deliver(data, inbox, cuts=1, chance=random.Random(1)):
            drop(files, inbox)
        sync_here(home)
        with connect(url) as connection:

            def versions() -> list[object]:
                return [
                    connection.execute(f"SELECT max(xmin::text::bigint), count(*) FROM {table}")
                    .fetchall()
                    for table in tables
                ]  # fmt: skip

            before = versions()
            sync_here(home)
            assert versions() == before


def test_the_delta_reaches_the_customers(embedded_template: PostgresServer, data: Path) -> None:
    """The deletions of the second delivery are gone, its additions are there."""
    truth = {
        tuple(line.rsplit(",", 1)[0].split(",", 2))
        for line in (data / "delta" / "truth.csv").read_text().splitlines()[1:]
    }
    before = {
        tuple(line.rsplit(",", 1)[0].split(",", 2))
        for line in (data / "truth.csv").read_text().splitlines()[1:]
    }
    got = after(embedded_template, data, cuts=1, seed=3, repeat=False)
    known = {tuple(key.split("/", 2)) for group in got.partition for key in group}
    assert truth - before
    assert before - truth
    assert not (before - truth) & known
    assert (truth - before) <= known
