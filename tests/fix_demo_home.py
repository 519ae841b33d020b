"""Homes for tests: a small company's four channels, with an embedded store of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def a_demo_home(folder: Path, *, people: int = 30, seed: int = 1) -> Iterator[Path]:
    """Make a home below a folder that reads demo data beside it; stop its store at the end."""
    from throughline.demo_data import generate
    from throughline.home.making import make_home
    from throughline.store import EmbeddedServer

    generate(folder / "data", people=people, seed=seed)
    home = folder / "home"
    make_home(home, demo_data=folder / "data")
    try:
        yield home
    finally:
        EmbeddedServer(home / "data" / "store").stop()


@pytest.fixture
def demo_home(tmp_path: Path) -> Iterator[Path]:
    """Yield a home of thirty people that was never synced."""
    with a_demo_home(tmp_path) as home:
        yield home
