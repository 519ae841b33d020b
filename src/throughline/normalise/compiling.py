"""Compile one rule of a file to one DuckDB query with explicit columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from throughline.home.yaml_positions import Place
from throughline.normalise.expressions import Grammar, Scope
from throughline.normalise.layers import Layers
from throughline.normalise.participants import compile_participants
from throughline.normalise.parties import evident, own_party
from throughline.normalise.shape import Shape, literal, reach, steps
from throughline.normalise.values import (
    NOTHING,
    Compiled,
    MistakeAt,
    Mistakes,
    ValueCompiler,
    joined,
    json_object,
    no_time_note,
)

PART_NOTES = "array_to_string(list_transform(parts, lambda p: p.notes), '')"
OCCURRED = {"interaction": "occurred_at", "order": "placed_at", "invoice": "issued_on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a rule's query knows beside the record."""

    connection: str
    stream: str
    time_zone: str
    region: str | None
    currency: str | None
    group: str | None = None
    """The stream's own group path: what a rule's `group_by` must name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    """A rule as a query over the table `source`; parties and records give different columns."""

    name: str
    record: str
    grouped: bool
    query: str
    shape: Shape
    """The part of a source record that it reads."""


def compile_rule(
    spec: Mapping[str, Any],
    *,
    name: str,
    place: Place,
    grammar: Grammar,
    schema: Mapping[str, Any],
    context: Context,
) -> CompiledRule:
    """Compile a rule that its schema accepts. Raises MistakeAt for what can't be compiled.

    `source` has the columns source_id, key, version, group_id, group_key and record. The query
    gives source_id, key, doc, at (changed or occurred), notes, refusal, and for a party `self`,
    for a record `participants`.
    """
    grouped = "group_by" in spec
    if grouped and spec["group_by"] != context.group:
        raise MistakeAt((*place, "group_by"), _other_group(context))
    shape, layers, named = Shape(), Layers(), spec.get("let", {})
    scope = Scope(base="r", shape=shape, layers=layers, grouped=grouped, named=named)
    order = _order(spec, shape, place)
    values = ValueCompiler(grammar, order=order)
    party = spec["record"] == "party"
    when, key, parts, found = None, "", "[]", Compiled(json="")
    mistakes = Mistakes()
    with mistakes.gathered():
        _check_named(values, scope, place)
    with mistakes.gathered():
        when = _when(spec, values, scope, place)
    with mistakes.gathered():
        found = values.object(_with_kind(spec, party=party), scope, (*place, "set"), "$", schema)
    with mistakes.gathered():
        key = _key(spec, values, scope, place, grouped=grouped)
    with mistakes.gathered():
        parts = compile_participants(spec, values, scope, place) if not party else "[]"
    mistakes.raise_all()
    at, at_notes = _at(spec, values, scope, place, found)
    inner = _inner(layers, shape, place, when=when, grouped=grouped, context=context)
    if party:
        notes = joined((*found.notes, *at_notes))
        query = _party_query(inner, found, key, at, notes, grouped=grouped)
    else:
        query = _record_query(inner, spec, found, key, at, schema, parts)
    return CompiledRule(name=name, record=spec["record"], grouped=grouped, query=query, shape=shape)


def _check_named(values: ValueCompiler, scope: Scope, place: Place) -> None:
    """Raise MistakeAt for the rule's named conditions that can't be compiled, used or not."""
    mistakes = Mistakes()
    for name, text in scope.named.items():
        with mistakes.gathered():
            values.condition(text, replace(scope, named={}), (*place, "let", name))
    mistakes.raise_all()


def _when(spec: Mapping[str, Any], values: ValueCompiler, scope: Scope, place: Place) -> str | None:
    """Return the condition that each source record must meet; None: there is none."""
    if "when" not in spec:
        return None
    leg = replace(scope, layers=Layers(), grouped=False)
    return values.condition(spec["when"], leg, (*place, "when"))


def _other_group(context: Context) -> str:
    if context.group is None:
        return f"stream {context.stream} has no groups; its `group` option names what makes one"
    return f"stream {context.stream} is grouped by `{context.group}`"


def _order(spec: Mapping[str, Any], shape: Shape, place: Place) -> str:
    """Return the expression that legs are sorted by: numbers by value, other texts as text."""
    paths = spec.get("order_by", [])
    found = []
    for path in [paths] if isinstance(paths, str) else paths:
        try:
            expression, leaf = reach("r", shape, steps(path))
        except ValueError as error:
            raise MistakeAt((*place, "order_by"), str(error)) from None
        leaf.text = True
        shape.used_at((*place, "order_by"))
        found += [f"TRY_CAST({expression} AS DOUBLE)", expression]
    return ", ".join([*found, "_key"])


def _with_kind(spec: Mapping[str, Any], *, party: bool) -> Mapping[str, Any]:
    members: Mapping[str, Any] = spec["set"]
    return members if not party or "kind" in members else {"kind": {"value": "person"}, **members}


def _key(
    spec: Mapping[str, Any],
    values: ValueCompiler,
    scope: Scope,
    place: Place,
    *,
    grouped: bool,
) -> str:
    if "key" not in spec:
        return "_group" if grouped else "_key"
    return values.single(spec["key"], scope, (*place, "key"), "key")


def _at(
    spec: Mapping[str, Any],
    values: ValueCompiler,
    scope: Scope,
    place: Place,
    found: Compiled,
) -> tuple[str, tuple[str, ...]]:
    """Return when the record was changed (a party) or happened (the rest), and notes on that.

    It is a time that the store takes, or NULL, whatever the rule makes of it.
    """
    if spec["record"] != "party":
        name = OCCURRED[spec["record"]]
        member = found.members.get(name)
        text = member.text if member is not None else None
        return _time(spec["set"].get(name), text, scope), ()
    if "changed_at" not in spec:
        return NOTHING, ()
    value = values.value(spec["changed_at"], scope, (*place, "changed_at"), "$.changed_at", {})
    time = _time(spec["changed_at"], value.text, scope)
    return time, (*value.notes, *no_time_note(value.text, time, "$.changed_at"))


def _time(spec: Any, text: str | None, scope: Scope) -> str:
    if text is None:
        return NOTHING
    made = isinstance(spec, Mapping) and {"utc", "local_time", "date"}.intersection(
        spec.get("apply", ())[-1:]
    )
    return text if made else scope.layers.cleaned(f"tl_utc({text})")


def _inner(
    layers: Layers,
    shape: Shape,
    place: Place,
    *,
    when: str | None,
    grouped: bool,
    context: Context,
) -> str:
    """Return the query that computes every value: read, chosen, then cleaned."""
    try:
        structure = shape.structure() if shape.members else {"_": "VARCHAR"}
    except ValueError as error:
        raise MistakeAt(place, str(error)) from None
    read = (
        f"SELECT source_id, key AS _key, version AS _version, group_id, group_key AS _group,"
        f" {_constants(context)},"
        f" json_transform(record, {literal(json.dumps(structure))}) AS r FROM source"
    )
    if when is not None:
        read = f"SELECT *, {when} AS chosen FROM ({read})"
        read = f"SELECT * FROM ({read}) WHERE chosen IS NULL OR chosen.v"
    else:
        read = f"SELECT *, {{'v': true}} AS chosen FROM ({read})"
    raw = "".join(f", {expression} AS {name}" for expression, name in layers.raw.items())
    if grouped:
        kept = "group_id AS source_id, _group, _connection, _currency, _region, _time_zone"
        groups = "group_id, _group, _connection, _currency, _region, _time_zone"
        read = (
            f"SELECT {kept}, _group AS _key,"
            f" CASE WHEN bool_and(chosen IS NOT NULL) THEN {{'v': true}} END AS chosen{raw}"
            f" FROM ({read}) WHERE group_id IS NOT NULL GROUP BY {groups}"
        )
    else:
        read = f"SELECT *{raw} FROM ({read})"
    for step in layers.levels():
        added = "".join(f", {expression} AS {name}" for name, expression in step.items())
        read = f"SELECT *{added} FROM ({read})"
    return read


def _constants(context: Context) -> str:
    return ", ".join(
        f"{literal(value) if value else NOTHING} AS {name}"
        for name, value in (
            ("_connection", context.connection),
            ("_currency", context.currency),
            ("_region", context.region),
            ("_time_zone", context.time_zone),
        )
    )


def _refusal(key: str) -> str:
    return (
        "CASE WHEN chosen IS NULL THEN 'when: its sql failed on this record'"
        f" WHEN {key} IS NULL THEN 'key: no value' END"
    )


def _party_query(
    inner: str, found: Compiled, key: str, at: str, notes: str, *, grouped: bool
) -> str:
    itself = "false" if grouped else f"coalesce({key} = _key, false)"
    made = (
        f"SELECT source_id, {key} AS key, {found.json} AS doc, {at} AS stamp, {itself} AS self,"
        f" {notes} AS notes, {_refusal(key)} AS refusal,"
        f" {own_party(found)} AS own, {evident(found)} AS evidence FROM ({inner})"
    )
    return (
        "SELECT source_id, key, doc, stamp, self, notes, refusal FROM"
        f" ({made}) WHERE refusal IS NOT NULL OR (evidence AND NOT own)"
    )


def _record_query(
    inner: str,
    spec: Mapping[str, Any],
    found: Compiled,
    key: str,
    at: str,
    schema: Mapping[str, Any],
    parts: str,
) -> str:
    nothing = (
        "NULL::STRUCT(role VARCHAR, principal BOOLEAN, ref_stream VARCHAR, ref_key VARCHAR,"
        " doc VARCHAR, name VARCHAR, address VARCHAR, own BOOLEAN, notes VARCHAR)[]"
    )
    taken = f"tl_present({parts})" if spec.get("participants") else nothing
    members = {name: one.json for name, one in found.members.items()}
    if spec["record"] == "interaction":
        if "direction" not in members:
            members["direction"] = "to_json(tl_direction(parts))::VARCHAR"
        if "participants" not in members:
            members["participants"] = "tl_told(parts)"
    order = [name for name in schema["properties"] if name in members]
    document = json_object({name: members[name] for name in order})
    notes = joined((*found.notes, *([PART_NOTES] if spec.get("participants") else [])))
    return (
        f"SELECT source_id, {key} AS key, {document} AS doc, {at} AS stamp,"
        f" {notes} AS notes, {_refusal(key)} AS refusal, parts AS participants"
        f" FROM (SELECT *, {taken} AS parts FROM ({inner}))"
    )
