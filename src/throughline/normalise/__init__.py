"""Normalise: mapping rules turn source records into canonical records.

Reading order: `rules` finds rule files, `values` and `compiling` make a DuckDB query of each rule,
`mapping` runs them over a batch in the `sandbox`, `writing` brings the result into the store,
`stream` does it all.
"""

from throughline.normalise.mapping import Mapper
from throughline.normalise.rules import RuleFile, RuleSet, load_rules, rule_schema
from throughline.normalise.sandbox import Sandbox
from throughline.normalise.schemas import canonical_schema
from throughline.normalise.stream import normalise_stream, open_mapper

__all__ = [
    "Mapper",
    "RuleFile",
    "RuleSet",
    "Sandbox",
    "canonical_schema",
    "load_rules",
    "normalise_stream",
    "open_mapper",
    "rule_schema",
]
