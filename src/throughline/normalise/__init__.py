"""Normalise: mapping rules turn source records into canonical records.

Reading order: `rules` finds rule files; `compiling` makes a DuckDB query of each rule, out of
`values`, `participants` and `parties`; `mapping` runs the queries over a batch in the `sandbox`,
with the `transforms`; `writing` writes the results to the store; `stream` does it all.
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
