"""Read the survivorship rules: the shipped ones, a home's own parts in their place."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from throughline.home.check_connections import channels_of
from throughline.home.rule_files import own_part
from throughline.home.values import Home
from throughline.home.yaml_positions import read_document

if TYPE_CHECKING:
    from throughline.merge import SurvivorshipRules

FILE = "survivorship.yaml"


def load_survivorship(home: Home) -> SurvivorshipRules:
    """Return the rules; `mapping_rules/survivorship.yaml` replaces `systems` and single fields.

    Which channel each connection belongs to is read from all their files, so that the rules are
    the same whichever connection runs. Raises InvalidHomeError with every mistake.
    """
    from throughline.merge import rules_from  # noqa: PLC0415  # loads DuckDB: when it runs

    shipped = files("throughline_rules").joinpath(FILE)
    document: dict[str, Any] = read_document(shipped, FILE).value
    own = own_part(home.rules_folder, "survivorship")
    document["systems"] = own.get("systems", document["systems"])
    document["fields"] |= own.get("fields", {})
    return rules_from(document, channels_of(home.folder))
