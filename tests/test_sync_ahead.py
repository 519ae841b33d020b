"""What a sync loads and opens before it is needed, and for whom."""

from __future__ import annotations

import subprocess
import sys
from itertools import count

import pytest

from throughline.errors import ConfigurationError
from throughline.sync.ahead import Ahead

LOAD = """
import sys
from types import SimpleNamespace as Some
from throughline.home.connectors import load_own_connectors
on = {name: Some(connector=name, enabled=True) for name in ("files", "of_another_package")}
load_own_connectors(Some(connections=on | {"erp": Some(connector="tryton", enabled=False)}))
print("throughline_files" in sys.modules, "throughline_erp.tryton" in sys.modules)
"""


class Engine:
    """Something numbered that remembers whether it was closed."""

    numbers = count(1)

    def __init__(self) -> None:
        self.number, self.closed = next(self.numbers), False

    def close(self) -> None:
        self.closed = True


def test_who_asks_first_gets_what_was_made_ahead_and_who_asks_later_a_new_one() -> None:
    made: list[Engine] = []

    def make() -> Engine:
        made.append(Engine())
        return made[-1]

    ahead = Ahead(make)
    first, second = ahead(), ahead()
    assert made == [first, second]
    ahead.close()
    assert (first.closed, second.closed) == (False, False)


def test_what_nobody_asked_for_is_closed_once_it_is_made() -> None:
    engine = Engine()
    Ahead(lambda: engine).close()
    assert engine.closed


def test_an_error_is_raised_where_the_thing_is_asked_for() -> None:
    def make() -> Engine:
        raise ConfigurationError("mend the rules")

    with pytest.raises(ConfigurationError, match="mend the rules"):
        Ahead(make)()
    Ahead(make).close()


def test_only_the_enabled_connectors_of_this_package_are_loaded_for_all_processes() -> None:
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"
