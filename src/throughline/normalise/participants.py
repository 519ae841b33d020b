"""Compile a rule's participants: references to parties, or parties that only this rule knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from throughline.home.yaml_positions import Place
from throughline.normalise.expressions import Scope
from throughline.normalise.layers import over_elements
from throughline.normalise.parties import addresses, evident, single_texts
from throughline.normalise.schemas import canonical_schema
from throughline.normalise.shape import literal
from throughline.normalise.values import (
    NOTHING,
    Compiled,
    MistakeAt,
    Mistakes,
    ValueCompiler,
    joined,
)

PARTY_NAMES = ("name", "native_name", "organisation")
SPLIT_NAMES = ("given_name", "family_name")


def compile_participants(
    spec: Mapping[str, Any], values: ValueCompiler, scope: Scope, place: Place
) -> str:
    """Return a list expression of participant structs, with NULL for those that are missing."""
    lists: list[str] = []
    mistakes = Mistakes()
    for index, entry in enumerate(spec.get("participants", ())):
        here = (*place, "participants", index)
        with mistakes.gathered():
            if "each" in entry:
                found, inner = values.list_at(entry["each"], scope, (*here, "each"))
                one = _participant(entry, values, inner, here)
                every = over_elements(found, inner.base, inner.layers, one)
                lists.append(f"coalesce({every}, [])")
            else:
                lists.append(f"[{_participant(entry, values, scope, here)}]")
    mistakes.raise_all()
    if not lists:
        return "[]"
    joined_lists = lists[0]
    for one in lists[1:]:
        joined_lists = f"list_concat({joined_lists}, {one})"
    return joined_lists


def _participant(
    entry: Mapping[str, Any], values: ValueCompiler, scope: Scope, place: Place
) -> str:
    party = entry["party"]
    principal = entry.get("principal", False)
    if isinstance(principal, str):
        told = values.value({"sql": principal}, scope, (*place, "principal"), "principal", {})
        marked = f"coalesce({told.json} = 'true', false)"
    else:
        marked = "true" if principal else "false"
    fields = {"role": literal(entry["role"]), "principal": marked}
    if "ref" in party:
        fields |= _reference(party["ref"], values, scope, (*place, "party", "ref"))
    else:
        fields |= _inline(party["set"], values, scope, (*place, "party", "set"))
    struct = "{" + ", ".join(f"'{name}': {value}" for name, value in fields.items()) + "}"
    known = [fields[name] for name in ("ref_key", "address", "name", "doc")]
    there = f"{_first(known)} IS NOT NULL"
    if "when" in entry:
        wanted = _wanted(entry["when"], values, scope, (*place, "when"))
        there = f"({wanted}) AND {there}"
    return f"CASE WHEN {there} THEN {struct} END"


def _wanted(text: str, values: ValueCompiler, scope: Scope, place: Place) -> str:
    found = values.value({"sql": f"({text})::BOOLEAN"}, scope, place, "when", {})
    return f"coalesce({found.json} = 'true', false)"


def _reference(
    ref: Mapping[str, Any], values: ValueCompiler, scope: Scope, place: Place
) -> dict[str, str]:
    return {
        "ref_stream": literal(ref["stream"]),
        "ref_key": values.single(ref["key"], scope, (*place, "key"), "key"),
        "doc": NOTHING,
        "name": NOTHING,
        "address": NOTHING,
        "own": "false",
        "notes": NOTHING,
    }


def _inline(
    members: Mapping[str, Any], values: ValueCompiler, scope: Scope, place: Place
) -> dict[str, str]:
    given = members if "kind" in members else {"kind": {"value": "person"}, **members}
    path = f"$.participants[{place[place.index('participants') + 1]}]"
    found = values.object(given, scope, place, path, canonical_schema("party"))
    for name in (*PARTY_NAMES, *SPLIT_NAMES):
        if name in found.members and found.members[name].text is None:
            raise MistakeAt((*place, name), "a name is a single value")
    document = scope.layers.cleaned(f"CASE WHEN {evident(found)} THEN {found.json} END")
    emails, phones = found.members.get("emails"), found.members.get("phones")
    raws = [part.raw for part in phones.parts if part.raw is not None] if phones else []
    extensions = [f"CASE WHEN tl_own_extension({raw}) THEN {raw} END" for raw in raws]
    ours = [_ours(emails, "tl_own_email"), _ours(phones, "tl_own_number")]
    ours += [f"tl_own_extension({raw})" for raw in raws]
    return {
        "ref_stream": NOTHING,
        "ref_key": NOTHING,
        "doc": document,
        "name": _name(found),
        "address": _first([*_each(emails), *extensions, *_each(phones), *raws]),
        "own": " OR ".join(ours),
        "notes": joined(_notes(found)),
    }


def _first(expressions: Sequence[str]) -> str:
    """Return the first of the texts that is not NULL."""
    found = [one for one in expressions if one != NOTHING]
    return f"coalesce({', '.join(found)})" if found else NOTHING


def _each(value: Compiled | None) -> list[str]:
    """Return the texts of a list value one by one; of a list of unknown length the first."""
    if value is None:
        return []
    texts = single_texts(value)
    return texts if texts is not None else [f"({addresses(value)})[1]"]


def _ours(value: Compiled | None, macro: str) -> str:
    """Return whether one of the texts of a list value is our own organisation's."""
    if value is None:
        return "false"
    texts = single_texts(value)
    if texts is not None:
        return " OR ".join(f"{macro}({text})" for text in texts)
    return f"len(list_filter({addresses(value)}, lambda a: {macro}(a))) > 0"


def _notes(found: Compiled) -> tuple[str, ...]:
    """Return the party's notes; none says that an extension of ours is no telephone number."""
    phones = found.members.get("phones")
    if phones is None or not phones.notes:
        return found.notes
    others = tuple(note for note in found.notes if note not in phones.notes)
    return others + tuple(
        note if part.raw is None else f"CASE WHEN NOT tl_own_extension({part.raw}) THEN {note} END"
        for part in phones.parts
        for note in part.notes
    )


def _name(found: Compiled) -> str:
    def texts(names: Sequence[str]) -> list[str]:
        members = (found.members.get(name) for name in names)
        return [one.text for one in members if one is not None and one.text is not None]

    split = texts(SPLIT_NAMES)
    both = [f"tl_some(concat_ws(' ', {', '.join(split)}))"] if split else []
    return _first([*both, *texts(PARTY_NAMES)])
