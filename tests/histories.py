"""Histories of a small world: changes, and the syncs that see them, each repeatable by its seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from tests.fix_kills import KilledError, killed_before, stopped_at
from tests.small_changes import CHANGES, GROWTH, add
from tests.small_home import World
from tests.small_rules import REFUSING
from throughline.errors import HELD, StoppedError
from throughline.home import Home
from throughline.progress import Progress, silent
from throughline.sync import identify, sync_connection
from throughline.sync.replaying import replay


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is done, and the seed of all that is left to chance in it."""

    what: str
    seed: int


def a_history(seed: int, length: int) -> list[Step]:
    """Return the steps of one history: a world that grows, a first sync, and then anything."""
    chance = Random(seed)
    begin = {done.__name__: weight for done, weight in CHANGES.items() if done in GROWTH}
    later = {done.__name__: weight for done, weight in (*CHANGES.items(), *SYNCS.items())}
    names = [
        *chance.choices(list(begin), list(begin.values()), k=length // 3),
        sync.__name__,
        *chance.choices(list(later), list(later.values()), k=length - length // 3),
    ]
    return [Step(name, chance.randrange(10**6)) for name in names]


class History:
    """A world with its home and its store; `told` says in words what has happened."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.world = World()
        self.told: list[str] = []

    def take(self, step: Step) -> None:
        """Take one step."""
        chance = Random(step.seed)
        for change in CHANGES:
            if change.__name__ == step.what:
                self.told.append(change(self.world, chance))
        for sync in SYNCS:
            if sync.__name__ == step.what:
                sync(self, chance)

    def home(self) -> Home:
        """Return the home, all files brought to where the world stands."""
        return self.world.write(self.folder, self.url)

    def sync(
        self, chance: Random, *, words: str = "", part: bool = False, progress: Progress = silent
    ) -> None:
        """Run every stage, or one connection alone, perhaps with resolve and merge."""
        home = self.home()
        names = [name for name, one in home.connections.items() if one.enabled]
        chance.shuffle(names)
        names = names[:1] if part else names
        self.told.append(f"sync {', '.join(names)}{words}")
        for name in names:
            try:
                sync_connection(home, name, progress)
            except HELD as error:
                self.told.append(f"  held: {error}")
        if not part or chance.random() < 0.5:
            identify(home, progress)

    def settle(self) -> None:
        """Mend what was refused though it had been good before, and sync until all is done.

        The store keeps what an earlier delivery of such a record gave, which a fresh store cannot
        know; and likewise with two records that make one key, and with rules that refuse more.
        """
        world, settings = self.world, self.world.settings
        settings.disabled.clear()
        for name, variant in REFUSING:
            if settings.rules[name] == variant:
                settings.rules[name] = 0
        for name, stream in world.streams.items():
            broken = [
                replace(row, version=world.count(), broken=False)
                for row in stream.current().values()
                if row.broken and (name, row.key) in world.accepted
            ]
            self.told.append(add(world, name, broken))
        for key, person in world.people.items():
            person.pop("broken", None)
            person |= {"id": key, "code": f"c{key}"}
        world.complete = True
        self.told.append("all is mended")
        sync_allowed(self, Random(0))


def sync(history: History, chance: Random) -> None:
    """Sync all connections, or one."""
    history.sync(chance, part=chance.random() < 0.3)


def sync_beside(history: History, chance: Random) -> None:
    """Sync one connection in the middle of another run's resolve and merge."""
    home, place = history.home(), chance.randint(1, 8)
    names = [name for name, one in home.connections.items() if one.enabled]
    if not names:
        return
    name = chance.choice(names)
    history.told.append(f"resolve and merge; meanwhile, at batch {place}, sync {name}")

    def meanwhile(_what: str, _done: int, _total: int | None) -> None:
        nonlocal place
        place -= 1
        if place == 0:
            with suppress(*HELD):
                sync_connection(home, name)

    identify(home, meanwhile)


def sync_stopped(history: History, chance: Random) -> None:
    """Stop a sync between two batches."""
    place = chance.randint(0, 12)
    with suppress(StoppedError):
        history.sync(chance, words=f", stopped at batch {place}", progress=stopped_at(place))


def sync_killed(history: History, chance: Random) -> None:
    """Kill a sync, or a replay, between two statements."""
    place = int(chance.expovariate(1 / 80))
    with suppress(KilledError), killed_before(place):
        if chance.random() < 0.9:
            history.sync(chance, words=f", killed before statement {place}")
        else:
            replay_quarantine(history, chance)


def sync_allowed(history: History, chance: Random) -> None:
    """Sync with very many deletions allowed, this once."""
    history.world.settings.allowed = True
    try:
        history.sync(chance, words=", very many deletions allowed")
    finally:
        history.world.settings.allowed = False


def replay_quarantine(history: History, _chance: Random) -> None:
    """Read again what is in quarantine."""
    history.told.append("quarantine replay")
    with suppress(*HELD):
        replay(history.home(), None, None)


SYNCS: Mapping[Callable[[History, Random], None], int] = {
    sync: 16,
    sync_beside: 3,
    sync_stopped: 2,
    sync_killed: 5,
    sync_allowed: 1,
    replay_quarantine: 2,
}
"""As CHANGES, for what runs."""
