"""Compile a rule's values: paths, transforms, sql, objects and lists become DuckDB expressions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from throughline.home.explain import did_you_mean
from throughline.home.yaml_positions import Place
from throughline.normalise.expressions import Grammar, Scope
from throughline.normalise.layers import Layers, over_elements
from throughline.normalise.shape import Shape, literal, reach, steps

NOTES = {
    "email": "not an e-mail address",
    "phone": "not a telephone number",
    "name": "not a name",
    "country": "not a country",
    "utc": "not a time",
    "local_time": "not a time",
    "date": "not a date",
    "decimal": "not a number",
    "integer": "not a whole number",
    "currency": "not a currency",
    "language": "not a language",
    "digits": "holds no digit",
    "html_to_text": "holds no text",
    "lower": "empty",
    "trim": "empty",
}
MONEY_FORMATS = ("1.234,56", "1,234.56")
NOTHING = "NULL::VARCHAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A value as DuckDB expressions; each is NULL if the record has no such value.

    `json`: its JSON text. `text`: its text, for a scalar. `raw`: the text before its transforms.
    `items`: a VARCHAR[] expression of JSON texts, for a list. `notes`: VARCHAR expressions.
    `constant`: whether the rule alone gives it, independent of the record.
    """

    json: str
    text: str | None = None
    raw: str | None = None
    items: str | None = None
    notes: tuple[str, ...] = ()
    members: Mapping[str, Compiled] = field(default_factory=dict)
    parts: tuple[Compiled, ...] = ()
    constant: bool = False


class MistakeAt(ValueError):  # noqa: N818  # becomes a Mistake with its file and line
    """A mistake in a rule, and its place there."""

    def __init__(self, place: Place, message: str, *others: MistakeAt) -> None:
        super().__init__(message)
        self.place, self.others = place, others

    def all(self) -> Iterator[tuple[Place, str]]:
        """Yield place and message of each mistake: this one, and those found beside it."""
        yield self.place, str(self)
        for other in self.others:
            yield from other.all()


class Mistakes:
    """Collects the mistakes of several parts, so that all are reported at once."""

    def __init__(self) -> None:
        self._found: list[MistakeAt] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Collect a mistake that the block raises, and continue after the block."""
        try:
            yield
        except MistakeAt as mistake:
            self._found.append(mistake)

    def raise_all(self) -> None:
        """Raise them as one, if there are any."""
        if self._found:
            first, *others = self._found
            raise MistakeAt(first.place, str(first), *first.others, *others)


class ValueCompiler:
    """Compiles the values of one rule; the layers of their scopes grow with each.

    `order` is how a grouped rule sorts its legs.
    """

    def __init__(self, grammar: Grammar, *, order: str) -> None:
        self._grammar = grammar
        self._order = order

    def value(self, spec: Any, scope: Scope, place: Place, path: str, schema: Any) -> Compiled:
        """Compile any value; `path` is its place in the canonical record."""
        if isinstance(spec, str):
            return self._scalar({"from": spec}, scope, place, path)
        if isinstance(spec, list):
            return self._list(spec, scope, place, path, schema)
        if "each" in spec:
            return self._each(spec, scope, place, path, schema)
        if "set" in spec:
            return self.object(spec["set"], scope, (*place, "set"), path, schema)
        if "value" in spec:
            return _constant(spec["value"])
        return self._scalar(spec, scope, place, path)

    def single(self, spec: Any, scope: Scope, place: Place, what: str) -> str:
        """Compile a value that must be a single text (`what` it is for) and return its text."""
        text = self.value(spec, scope, place, what, {}).text
        if text is None:
            raise MistakeAt(place, f"a {what} is a single value")
        return text

    def condition(self, text: str, scope: Scope, place: Place) -> str:
        """Compile a condition: NULL where it failed, else a struct of true or false."""
        bound = self._bound(text, scope, place)
        return f"TRY({{'v': coalesce(({bound})::BOOLEAN, false)}})"

    def object(
        self, specs: Mapping[str, Any], scope: Scope, place: Place, path: str, schema: Any
    ) -> Compiled:
        """Compile an object, with members in the schema's order; it is left out if empty."""
        known = schema.get("properties", {}) if isinstance(schema, Mapping) else {}
        free = not known or isinstance(schema.get("additionalProperties", True), Mapping)
        order = [name for name in known if name in specs]
        order += sorted(name for name in specs if name not in known)
        members: dict[str, Compiled] = {}
        mistakes = Mistakes()
        for name in order:
            with mistakes.gathered():
                here, inner = (*place, name), known.get(name, {})
                if name not in known and not free:
                    hint = did_you_mean(name, list(known))
                    raise MistakeAt(here, f"`{path}` has no `{name}`{hint}")
                value = self.value(specs[name], scope, here, f"{path}.{name}", inner)
                members[name] = self._named(value, scope)
        mistakes.raise_all()
        return Compiled(
            json=json_object({name: one.json for name, one in members.items()}),
            notes=tuple(note for one in members.values() for note in one.notes),
            members=members,
        )

    def _named(self, member: Compiled, scope: Scope) -> Compiled:
        """Give a list or object a column of its own, because it is used more than once."""
        if member.text is not None:
            return member
        return replace(member, json=scope.layers.cleaned(member.json))

    def list_at(self, spec: Any, scope: Scope, place: Place) -> tuple[str, Scope]:
        """Return the list that an `each` goes over, and the scope of its elements."""
        variable = f"e{scope.depth + 1}"
        if isinstance(spec, Mapping):
            found, shape = f"{self._sql(spec['sql'], scope, place)}.v", Shape()
        else:
            expression, listed = self._reach(spec, scope, place)
            found, shape = self._read(expression, scope, text=False), listed.elements()
        inner = Scope(
            base=variable,
            shape=shape,
            layers=Layers(prefix=f"{variable}."),
            record=scope.record or scope,
            depth=scope.depth + 1,
        )
        return found, inner

    def _scalar(self, spec: Mapping[str, Any], scope: Scope, place: Place, path: str) -> Compiled:
        apply: Sequence[str] = spec.get("apply", ())
        notes: list[str] = []
        if "sql" in spec:
            tried = self._sql(spec["sql"], scope, (*place, "sql"))
            notes.append(_note(f"tl_failed({tried})", path, "its sql failed on this record"))
            if not apply:
                clean = scope.layers.cleaned(f"tl_json({tried}.v)")
                return Compiled(
                    json=clean,
                    text=f"json_extract_string({clean}, '$')",
                    raw=f"{tried}.v::VARCHAR",
                    notes=tuple(notes),
                )
            raw = scope.layers.cleaned(f"tl_text(({tried}.v)::VARCHAR)")
        else:
            expression, shape = self._reach(spec["from"], scope, (*place, "from"))
            shape.text = True
            raw = self._read(f"tl_text({expression})", scope, text=True)
        text = raw
        for transform in apply:
            text = scope.layers.cleaned(self._transformed(transform, text, spec, scope, place))
        if apply:
            notes.append(_note(f"{raw} IS NOT NULL AND {text} IS NULL", path, NOTES[apply[-1]]))
        numeric = bool(apply) and apply[-1] == "integer"
        encoded = text if numeric else f"to_json({text})::VARCHAR"
        return Compiled(json=encoded, text=text, raw=raw, notes=tuple(notes))

    def _transformed(
        self, transform: str, text: str, spec: Mapping[str, Any], scope: Scope, place: Place
    ) -> str:
        if transform == "phone":
            region = "_region"
            if "region" in spec:
                given = self.single(spec["region"], scope, (*place, "region"), "region")
                region = f"coalesce(tl_country({given}), _region)"
            return f"tl_phone({text}, {region})"
        if transform in ("utc", "local_time", "date") and "format" in spec:
            zone = "_time_zone" if transform == "local_time" else "'UTC'"
            form = literal(spec["format"])
            name = "tl_date_as" if transform == "date" else "tl_time_as"
            return f"{name}({text}, {form}" + (")" if transform == "date" else f", {zone})")
        if transform == "decimal" and "format" in spec:
            if spec["format"] not in MONEY_FORMATS:
                known = " or ".join(f"`{one}`" for one in MONEY_FORMATS)
                raise MistakeAt((*place, "format"), f"a decimal's format is {known}")
            return f"tl_decimal_as({text}, {literal(spec['format'])})"
        if transform == "local_time":
            return f"tl_local_time({text}, _time_zone)"
        return f"tl_{transform}({text})"

    def _list(
        self, specs: Sequence[Any], scope: Scope, place: Place, path: str, schema: Any
    ) -> Compiled:
        inner = schema.get("items", {}) if isinstance(schema, Mapping) else {}
        found = [
            _evident(
                self.value(
                    spec,
                    scope,
                    (*place, index),
                    f"{path}[{index}]" if "each" not in spec else path,
                    schema if isinstance(spec, Mapping) and "each" in spec else inner,
                )
            )
            for index, spec in enumerate(specs)
        ]
        single = [one.json for one in found if one.items is None]
        lists = [one.items for one in found if one.items is not None]
        items = f"[{', '.join(single)}]" if single else ""
        for one in lists:
            items = f"list_concat({items}, coalesce({one}, []))" if items else one
        return Compiled(
            json=short_list(single) if not lists else json_list(items),
            items=items or "[]::VARCHAR[]",
            notes=tuple(note for one in found for note in one.notes),
            parts=tuple(found),
        )

    def _each(
        self, spec: Mapping[str, Any], scope: Scope, place: Place, path: str, schema: Any
    ) -> Compiled:
        found, inner = self.list_at(spec["each"], scope, (*place, "each"))
        if "when" in spec:
            wanted = self.condition(spec["when"], inner, (*place, "when"))
            found = f"list_filter({found}, lambda {inner.base}: coalesce(({wanted}).v, false))"
        items = schema.get("items", {}) if isinstance(schema, Mapping) else {}
        if "set" in spec:
            one = _evident(self.object(spec["set"], inner, (*place, "set"), f"{path}[*]", items))
        else:
            one = self.value(spec["value"], inner, (*place, "value"), f"{path}[*]", items)
        both = f"{{'d': {one.json}, 'n': {joined(one.notes)}}}"
        made = scope.layers.cleaned(over_elements(found, inner.base, inner.layers, both))
        documents = f"list_transform({made}, lambda x: x.d)"
        note = f"tl_some(array_to_string(list_transform({made}, lambda x: x.n), ''))"
        notes = (note,) if one.notes else ()
        return Compiled(json=json_list(documents), items=documents, notes=notes)

    def _sql(self, text: str, scope: Scope, place: Place) -> str:
        bound = self._bound(text, scope, place)
        tried = f"{{'v': {bound}}}" if scope.grouped else f"TRY({{'v': {bound}}})"
        return scope.layers.read(tried)

    def _bound(self, text: str, scope: Scope, place: Place) -> str:
        try:
            bound = self._grammar.bind(text, scope)
        except ValueError as error:
            raise MistakeAt(place, str(error)) from None
        (scope.record or scope).shape.used_at(place)
        return bound

    def _reach(self, path: str, scope: Scope, place: Place) -> tuple[str, Any]:
        try:
            found = steps(path)
            if found and found[0] == "_record" and scope.record is not None:
                scope.record.must_be_one()
                scope, found = scope.record, found[1:]
            elif len(found) == 1 and found[0] in ("_key", "_version", "_currency", "_region"):
                return str(found[0]), Shape()
            reached = reach(scope.base, scope.shape, found)
        except ValueError as error:
            raise MistakeAt(place, str(error)) from None
        (scope.record or scope).shape.used_at(place)
        return reached

    def _read(self, expression: str, scope: Scope, *, text: bool) -> str:
        if scope.grouped:
            there = f"{expression} IS NOT NULL" if text else f"len({expression}) > 0"
            expression = f"first({expression} ORDER BY {self._order}) FILTER ({there})"
        return scope.layers.read(expression)


def _constant(value: Any) -> Compiled:
    text = json.dumps(value, ensure_ascii=False)
    plain = literal(value if isinstance(value, str) else text)
    return Compiled(json=literal(text), text=plain, raw=plain, constant=True)


def _evident(item: Compiled) -> Compiled:
    """Leave an object out of a list if the record gives none of its values but constants."""
    read = [one for one in item.members.values() if not one.constant]
    if not read or len(read) == len(item.members):
        return item
    return replace(item, json=f"CASE WHEN {any_there(read)} THEN {item.json} END")


def any_there(values: Sequence[Compiled]) -> str:
    """Return whether the record has any of these values."""
    texts = [one.text or one.json for one in values]
    return f"coalesce({', '.join(texts)}) IS NOT NULL" if texts else "false"


def _note(condition: str, path: str, reason: str) -> str:
    return f"CASE WHEN {condition} THEN {literal(chr(30) + path + chr(31) + reason)} END"


def no_time_note(text: str | None, time: str, path: str) -> tuple[str, ...]:
    """Return the note that a text is no time, if `time` was made from it without a transform."""
    if text is None or text == time:
        return ()
    return (_note(f"{text} IS NOT NULL AND {time} IS NULL", path, NOTES["utc"]),)


def joined(notes: Sequence[str]) -> str:
    """Return the notes as one text, NULL if there is none."""
    return f"tl_some(concat({', '.join(notes)}))" if notes else NOTHING


def json_object(members: Mapping[str, str]) -> str:
    """Return the JSON text of an object without the members that are NULL; NULL if none is left."""
    if not members:
        return NOTHING
    texts = (literal(f",{json.dumps(name)}:") + f" || {text}" for name, text in members.items())
    return f"tl_object(concat({', '.join(texts)}))"


def short_list(texts: Sequence[str]) -> str:
    """Return what `json_list` does; quicker, for a list whose texts are separate expressions."""
    parts = []
    for place, text in enumerate(texts):
        earlier = " AND ".join(f"{text} IS DISTINCT FROM {one}" for one in texts[:place])
        part = f"',' || {text}"
        parts.append(f"CASE WHEN {earlier} THEN {part} END" if earlier else part)
    return f"tl_items(concat({', '.join(parts)}))"


def json_list(items: str) -> str:
    """Return the JSON text of a list of JSON texts, each once and in order; NULL if it is empty."""
    return f"tl_list({items})"
