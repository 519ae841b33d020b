"""Turn a JSON Schema's refusal into one sentence: what was expected, and the nearest valid word.

Sentences never quote a value, since it may be a secret; they name keys and what would be right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from throughline.errors import Mistake
from throughline.home.yaml_positions import Document, Place

Schema = Mapping[str, Any]

MANY = 12

_KINDS = {
    "object": "a block of `key: value` lines",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


def nearest(word: str, words: Collection[str]) -> str | None:
    """Return the valid word that is most like the one given, if any is."""
    by_lower = {known.lower(): known for known in sorted(words, reverse=True)}
    found = get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, words: Collection[str]) -> str:
    """Return `; did you mean …?`, or the valid words where they are few and none is like it."""
    near = nearest(word, words)
    if near is not None:
        return f"; did you mean `{near}`?"
    if words and len(words) <= MANY:
        return f"; there are {listed(words)}"
    return ""


def listed(words: Collection[str]) -> str:
    """Write words as a sentence lists them."""
    quoted = [f"`{word}`" for word in words]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def valid(schema: Schema, value: Any) -> bool:
    """Tell quickly whether a value is what the schema wants."""
    import jsonschema_rs  # noqa: PLC0415  # only what is read needs it

    return bool(jsonschema_rs.is_valid(dict(schema), value))


def refusals(schema: Schema, value: Any) -> Iterator[tuple[Place, str]]:
    """Yield every refusal of a value as its place and a sentence; nothing for a valid one."""
    if valid(schema, value):
        return
    from jsonschema import Draft202012Validator  # noqa: PLC0415  # slow to load, rarely needed

    errors = Draft202012Validator(schema).iter_errors(value)
    explained = (one for error in errors for one in _explained(error))
    yield from dict.fromkeys(explained)  # each of several missing keys makes an error of its own


def mistakes_in(document: Document, schema: Schema) -> list[Mistake]:
    """Return all that is wrong with a document, in its form and by its schema, by line."""
    found = list(document.mistakes)
    if document.value is not None or not found:  # nothing to judge in what can't be read
        for place, message in refusals(schema, document.value):
            found.append(document.mistake(place, message))
    return sorted(found, key=lambda mistake: mistake.line)


def _explained(error: Any) -> Iterator[tuple[Place, str]]:
    place: Place = tuple(error.absolute_path)
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        yield from _unknown_keys(error, place)
    elif error.validator == "required":
        yield from _missing_keys(error, place)
    elif error.validator in ("anyOf", "oneOf") and error.context:
        yield place, _one_of_several(error)
    elif "propertyNames" in error.absolute_schema_path:  # the instance is the key itself
        yield (*place, error.instance), _sentence(error)
    else:
        yield place, _sentence(error)


def _unknown_keys(error: Any, place: Place) -> Iterator[tuple[Place, str]]:
    known = error.schema.get("properties", {})
    free = [word for word in known if word not in error.instance]
    for key in error.instance:
        if key not in known:
            yield (*place, key), f"not known here{did_you_mean(key, free or list(known))}"


def _missing_keys(error: Any, place: Place) -> Iterator[tuple[Place, str]]:
    known = error.schema.get("properties", {})
    strangers = [key for key in error.instance if key not in known]
    for key in error.validator_value:
        misspelt = any(nearest(stranger, [key]) for stranger in strangers)
        if key not in error.instance and not misspelt:
            about = known.get(key, {}).get("description", "")
            yield place, f"`{key}` is missing{': ' + about if about else ''}"


def _one_of_several(error: Any) -> str:
    expected = error.schema.get("x-expected")
    if expected:
        return f"expected {expected}"
    kinds = [_KINDS.get(str(branch.get("type")), "") for branch in error.validator_value]
    named = " or ".join(dict.fromkeys(kind for kind in kinds if kind))
    return f"expected {named}" if named else "is none of the forms that can stand here"


def _sentence(error: Any) -> str:
    expected = error.schema.get("x-expected")
    wanted = error.validator_value
    match error.validator:
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            want = " or ".join(_KINDS.get(kind, kind) for kind in kinds)
            return f"expected {expected or want}, found {_kind_of(error.instance)}"
        case "enum":
            words = [str(word) for word in wanted]
            lead = f"expected {expected}" if expected else "not a word that is known here"
            return lead + did_you_mean(str(error.instance), words)
        case "const":
            return f"expected `{wanted}`"
        case "minLength" | "minItems" | "minProperties":
            return f"expected {expected}" if expected else "must not be empty"
        case "minimum" | "exclusiveMinimum":
            return f"expected a number from {wanted}"
        case "maximum" | "exclusiveMaximum":
            return f"expected a number up to {wanted}"
        case "uniqueItems":
            return "holds one value twice"
        case "not" | "dependentRequired" | "if":
            return f"expected {expected}" if expected else "these keys don't go together"
    return (
        f"expected {expected}" if expected else f"does not keep to the schema ({error.validator})"
    )


def _kind_of(value: Any) -> str:
    if value is None:
        return "nothing"
    for kind, known in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string")):
        if isinstance(value, kind):
            return _KINDS[known]
    return _KINDS["array" if isinstance(value, list) else "object"]
