"""Resolve: which parties are one customer, worked out again only where something changed."""

from throughline.resolve.engine import Engine
from throughline.resolve.latin import load_readings
from throughline.resolve.rules import IdentityRules, load_identity_rules
from throughline.resolve.run import resolve

__all__ = ["Engine", "IdentityRules", "load_identity_rules", "load_readings", "resolve"]
