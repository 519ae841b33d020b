"""Resolve: which parties are one customer, worked out again only where something changed.

Reading order: `run` does the stage, by `changes` or, for everything, `full`; `engine` derives
evidence, keys and scored pairs; `touched` reads the components to cluster again, `graph` clusters
them by the rules of `cluster`; `assign` gives the clusters their ids, `writing` stores the result.
"""

from throughline.resolve.engine import Engine
from throughline.resolve.latin import load_readings
from throughline.resolve.rules import IdentityRules, load_identity_rules
from throughline.resolve.run import resolve

__all__ = ["Engine", "IdentityRules", "load_identity_rules", "load_readings", "resolve"]
