"""Merge: golden records by survivorship, and the feed's events, in one transaction a batch.

Reading order: `survivorship` holds the rules, `compile` makes a query of them, `golden` runs it
over a batch, `run` does the stage.
"""

from throughline.merge.golden import GoldenRecords
from throughline.merge.run import merge
from throughline.merge.survivorship import FieldRule, SurvivorshipRules, rules_from

__all__ = ["FieldRule", "GoldenRecords", "SurvivorshipRules", "merge", "rules_from"]
