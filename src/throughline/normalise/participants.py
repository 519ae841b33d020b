"""Compile a rule's participants: who took part, by reference or known from here only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from throughline.normalise.expressions import Scope
from throughline.normalise.layers import over_elements
from throughline.normalise.parties import EVIDENCE, addresses
from throughline.normalise.schemas import canonical_schema
from throughline.normalise.shape import literal
from throughline.normalise.values import Compiled, MistakeAt, ValueCompiler, joined

Place = tuple[str | int, ...]

PARTY_NAMES = ("name", "native_name", "organisation")


def compile_participants(
    spec: Mapping[str, Any], values: ValueCompiler, scope: Scope, place: Place
) -> str:
    """Return a list expression of participant structs, with NULLs for those who are not there."""
    lists: list[str] = []
    for index, entry in enumerate(spec.get("participants", ())):
        here = (*place, "participants", index)
        if "each" in entry:
            found, inner = values.list_at(entry["each"], scope, (*here, "each"))
            one = _participant(entry, values, inner, here)
            every = over_elements(found, inner.base, inner.layers, one)
            lists.append(f"coalesce({every}, [])")
        else:
            lists.append(f"[{_participant(entry, values, scope, here)}]")
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
    known = ", ".join(fields[name] for name in ("ref_key", "address", "name", "doc"))
    there = f"coalesce({known}) IS NOT NULL"
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
    key = values.value(ref["key"], scope, (*place, "key"), "key", {}).text
    if key is None:
        raise MistakeAt((*place, "key"), "a key is a single value")
    nothing = "NULL::VARCHAR"
    return {
        "ref_stream": literal(ref["stream"]),
        "ref_key": key,
        "doc": nothing,
        "name": nothing,
        "address": nothing,
        "own": "false",
        "notes": nothing,
    }


def _inline(
    members: Mapping[str, Any], values: ValueCompiler, scope: Scope, place: Place
) -> dict[str, str]:
    given = members if "kind" in members else {"kind": {"value": "person"}, **members}
    path = f"$.participants[{place[place.index('participants') + 1]}]"
    found = values.object(given, scope, place, path, canonical_schema("party"))
    evidence = [found.members[name].json for name in EVIDENCE if name in found.members]
    there = f"coalesce({', '.join(evidence)}) IS NOT NULL" if evidence else "false"
    emails, phones = addresses(found.members.get("emails")), addresses(found.members.get("phones"))
    raws = _raws(found.members.get("phones"))
    extension = f"list_filter({raws}, lambda a: tl_own_extension(a))[1]"
    own = (
        f"(len(list_filter({emails}, lambda a: tl_own_email(a))) > 0"
        f" OR len(list_filter({phones}, lambda a: tl_own_number(a))) > 0"
        f" OR len(list_filter({raws}, lambda a: tl_own_extension(a))) > 0)"
    )
    return {
        "ref_stream": "NULL::VARCHAR",
        "ref_key": "NULL::VARCHAR",
        "doc": f"CASE WHEN {there} THEN {found.json} END",
        "name": _name(found),
        "address": f"coalesce(({emails})[1], {extension}, ({phones})[1], ({raws})[1])",
        "own": own,
        "notes": joined(_notes(found)),
    }


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


def _raws(phones: Compiled | None) -> str:
    raws = [part.raw for part in phones.parts if part.raw is not None] if phones else []
    return f"tl_present([{', '.join(raws)}])" if raws else "[]::VARCHAR[]"


def _name(found: Compiled) -> str:
    texts = [found.members[name].text for name in PARTY_NAMES if name in found.members]
    split = [
        found.members[name].text for name in ("given_name", "family_name") if name in found.members
    ]
    if split:
        texts.insert(0, f"nullif(concat_ws(' ', {', '.join(str(one) for one in split)}), '')")
    return f"coalesce({', '.join(str(one) for one in texts)})" if texts else "NULL::VARCHAR"
