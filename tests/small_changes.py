"""What happens in the systems of a small world and in its home: each function is one change.

Each takes the world and what is left to chance, and returns in words what it changed; nothing if
it could change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from random import Random
from typing import Any

from tests import small_rules as rules
from tests import small_world as make
from tests.small_home import Row, World

Change = Callable[[World, Random], str]
NEEDED = {"number"}  # without it an invoice is refused, and keeps what an earlier delivery gave
KEYS = ["1", "2", "3", "4", "5", "6", "7"]
BODIES: Mapping[str, Callable[[Random], Mapping[str, Any]]] = {
    "accounts": make.an_account,
    "orders": make.an_order,
    "partners": make.a_partner,
    "invoices": make.an_invoice,
}

# --- files of the shop and of the ERP ---


def deliver(world: World, chance: Random) -> str:
    """Let a system add, change, delete, break or mend a few records."""
    name = chance.choice(list(world.streams))
    return add(world, name, [_a_row(world, chance, name) for _ in range(chance.randint(1, 5))])


def deliver_late(world: World, chance: Random) -> str:
    """Let a version of a record come after newer ones."""
    name = chance.choice(list(world.streams))
    row = _a_row(world, chance, name)
    row = replace(row, version=chance.randint(1, world.number))
    if not world.streams[name].versioned or row.version in world.streams[name].versions(row.key):
        return ""
    return add(world, name, [row])


def swap(world: World, chance: Random) -> str:
    """Let two records swap what they say."""
    name = chance.choice(list(world.streams))
    current = world.streams[name].current()
    if len(current) < 2:
        return ""
    one, two = chance.sample(list(current.values()), 2)
    pairs = [(one.key, two), (two.key, one)]
    return add(world, name, [replace(row, key=key, version=world.count()) for key, row in pairs])


def delete_many(world: World, chance: Random) -> str:
    """Let a system delete most of what it has."""
    name = chance.choice(list(world.streams))
    gone = [row for row in world.streams[name].current().values() if chance.random() < 0.8]
    deleted = [replace(row, version=world.count(), deleted=chance.choice([1, 2])) for row in gone]
    return add(world, name, deleted)


def lose_field(world: World, chance: Random) -> str:
    """Let a system write all of its records without one of their fields, as if it were renamed."""
    name = chance.choice(list(world.streams))
    rows = list(world.streams[name].current().values())
    fields = sorted({field for row in rows for field in row.body} - NEEDED) or [""]
    lost = chance.choice(fields)
    without = [
        replace(row, version=world.count(), body={k: v for k, v in row.body.items() if k != lost})
        for row in rows
    ]
    return add(world, name, without)


def damage(world: World, chance: Random) -> str:
    """Let the newest file get a line that is no record."""
    name = chance.choice(list(world.streams))
    files = world.streams[name].files
    if not files:
        return ""
    file = list(files)[-1]
    world.streams[name].damaged = True
    files[file].append(f'{{"id": "damaged {world.count()}')
    return f"{name}-{file} gets a damaged line"


def repair(world: World, chance: Random) -> str:
    """Take the damaged lines out of a file, which is then read from its start."""
    name = chance.choice(list(world.streams))
    stream = world.streams[name]
    for file, rows in stream.files.items():
        if stream.versioned and any(isinstance(row, str) for row in rows):
            rows[:] = [row for row in rows if isinstance(row, Row)]
            return f"{name}-{file} is repaired"
    return ""


def rename(world: World, chance: Random) -> str:
    """Give a file another name, after all others in the order of names.

    Not where a file was damaged: when one is mended while another is renamed, what was refused
    stays in quarantine, for it may be in the renamed one.
    """
    name = chance.choice(list(world.streams))
    stream = world.streams[name]
    if not stream.versioned or not stream.files or stream.damaged:
        return ""
    file, new = chance.choice(list(stream.files)), f"{world.count():05}"
    stream.files[new] = stream.files.pop(file)
    return f"{name}-{file} is renamed {name}-{new}"


def add(world: World, name: str, rows: Sequence[Row]) -> str:
    """Append records to a stream's newest file, or to a new one."""
    if not rows:
        return ""
    files = world.streams[name].files
    file = list(files)[-1] if files and world.number % 3 == 0 else f"{world.count():05}"
    files.setdefault(file, []).extend(rows)
    world.accepted |= {(name, row.key) for row in rows if not row.broken}
    return f"{name}-{file} gets " + "; ".join(map(str, rows))


def _a_row(world: World, chance: Random, stream: str) -> Row:
    return Row(
        key=chance.choice(KEYS),
        version=world.count(),
        deleted=chance.choices([0, 1, 2], [8, 1, 1])[0],
        broken=chance.random() < 0.12,
        body=BODIES[stream](chance),
    )


# --- the CRM, the mailboxes, the telephones ---


def list_people(world: World, chance: Random) -> str:
    """Let the CRM list others: new, changed, missing, broken, without a key, of another's code."""
    people = world.people
    for key in chance.sample(KEYS, chance.randint(1, 4)):
        if key in people and chance.random() < 0.4:
            del people[key]
            continue
        code = f"c{chance.choice(KEYS) if chance.random() < 0.3 else key}"
        people[key] = {"id": key, "code": code, **make.a_contact(chance)}
        if chance.random() < 0.1:
            people[key]["broken"] = "x"
        if chance.random() < 0.05:
            del people[key]["id"]
    world.complete = chance.random() < 0.8
    return f"the CRM lists{'' if world.complete else ', not all of it,'} {list(people.values())}"


def swap_codes(world: World, chance: Random) -> str:
    """Let two people of the CRM swap their codes, which are the keys of what is made of them."""
    if len(world.people) < 2:
        return ""
    one, two = chance.sample(list(world.people.values()), 2)
    one["code"], two["code"] = two["code"], one["code"]
    return f"{one.get('id')} and {two.get('id')} of the CRM swap their codes"


def write_letters(world: World, chance: Random) -> str:
    """Let letters arrive in a mailbox, some of them copies."""
    box = chance.choice(["a.mbox", "b.mbox"])
    letters = [make.a_message(chance, world.count()) for _ in range(chance.randint(1, 3))]
    known = list(chain.from_iterable(world.mail.values()))
    if known and chance.random() < 0.2:
        letters.append(chance.choice(known))
    world.mail.setdefault(box, []).extend(letters)
    heads = [letter.decode().split("\n\n")[0].split("\n")[1:] for letter in letters]
    return f"{box} gets " + "; ".join(map(" | ".join, heads))


def file_away(world: World, chance: Random) -> str:
    """Move all letters of a mailbox into another; they stay in the customers' history."""
    if not world.mail:
        return ""
    box = chance.choice(list(world.mail))
    letters, world.mail[box] = world.mail[box], []
    world.mail.setdefault("archive.mbox", []).extend(letters)
    return f"the letters of {box} move to archive.mbox"


def call(world: World, chance: Random) -> str:
    """Let a call be written, its later legs perhaps with the next; the file may be rotated."""
    told, calls = "", world.calls
    if "Master.csv" in calls and chance.random() < 0.2:
        calls[f"Master.csv.{len(calls)}"] = calls.pop("Master.csv")
        told = "Master.csv is rotated, and "
    legs = make.a_call(chance, world.count())
    now = 1 if chance.random() < 0.3 else len(legs)
    late, world.late_legs = world.late_legs, legs[now:]
    calls.setdefault("Master.csv", []).extend([*late, *legs[:now]])
    return f"{told}Master.csv gets {[*late, *legs[:now]]}"


# --- what people do to the home ---


def change_rules(world: World, chance: Random) -> str:
    """Change a stream's mapping rules."""
    name = chance.choice(list(rules.CHANGED))
    variant = chance.randint(0, len(rules.CHANGED[name]))
    world.settings.rules[name] = variant
    return f"mapping rules of {name}: {rules.CHANGED[name][variant - 1] if variant else 'plain'}"


def change_settings(world: World, chance: Random) -> str:
    """Change the identity rules, survivorship, who we are, or where."""
    name = chance.choice(list(rules.SETTINGS))
    variant = chance.randrange(len(rules.SETTINGS[name]))
    world.settings.variants[name] = variant
    return f"{name}: {dict(rules.SETTINGS[name][variant])}"


def change_options(world: World, chance: Random) -> str:
    """Change which values delete a record, whether versions count, or if calls are told in UTC."""
    if chance.random() < 0.1:
        world.settings.utc = not world.settings.utc
        return f"calls are told in UTC: {world.settings.utc}"
    name = chance.choice(list(world.streams))
    stream = world.streams[name]
    if chance.random() < 0.6:
        stream.gone = chance.choice([("1",), ("1", "2"), ()])
        return f"{name}: a record is deleted by {stream.gone}"
    stream.versioned = not stream.versioned
    return f"{name}: versions count: {stream.versioned}"


def switch(world: World, chance: Random) -> str:
    """Switch a connection off, or on again."""
    world.settings.disabled ^= {chance.choice(["shop", "erp", "crm", "mail", "telephony"])}
    return f"switched off are now {sorted(world.settings.disabled)}"


CHANGES: Mapping[Change, int] = {
    deliver: 10,
    deliver_late: 2,
    swap: 2,
    delete_many: 1,
    lose_field: 1,
    damage: 2,
    repair: 2,
    rename: 1,
    list_people: 4,
    swap_codes: 2,
    write_letters: 4,
    file_away: 1,
    call: 4,
    change_rules: 4,
    change_settings: 4,
    change_options: 2,
    switch: 2,
}
"""Each change, and how often it comes among all of a history's steps."""
GROWTH = (deliver, list_people, write_letters, call)
"""Those that make an empty world grow."""
