"""Read the survivorship rules: the shipped ones, a home's own parts in their place."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from throughline.errors import InvalidHomeError, Mistake
from throughline.home.check_connections import channels_of
from throughline.home.explain import refusals
from throughline.home.schemas import shipped_schema
from throughline.home.values import Home
from throughline.home.yaml_positions import dotted, read_document

if TYPE_CHECKING:
    from throughline.merge import SurvivorshipRules

FILE = "survivorship.yaml"


def load_survivorship(home: Home) -> SurvivorshipRules:
    """Return the rules; `mapping_rules/survivorship.yaml` replaces `systems` and single fields.

    Which channel each connection belongs to is read from all their files, so that the rules are
    the same whichever connection runs. Raises InvalidHomeError with every mistake.
    """
    from throughline.merge import rules_from  # noqa: PLC0415  # loads DuckDB: when it runs

    with as_file(files("throughline_rules").joinpath(FILE)) as shipped:
        document: dict[str, Any] = read_document(shipped, FILE).value
    own = _own_part(home)
    document["systems"] = own.get("systems", document["systems"])
    document["fields"] |= own.get("fields", {})
    return rules_from(document, channels_of(home.folder))


def _own_part(home: Home) -> dict[str, Any]:
    path = home.rules_folder / FILE
    if not path.exists():
        return {}
    document = read_document(path, str(path.relative_to(home.folder)))
    mistakes = list(document.mistakes)
    if document.value is not None:
        mistakes += [
            Mistake(
                file=document.file, line=document.line(place), path=dotted(place), message=message
            )
            for place, message in refusals(shipped_schema("survivorship"), document.value)
        ]
    if mistakes:
        raise InvalidHomeError(mistakes)
    return document.value or {}
