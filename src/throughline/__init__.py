"""Throughline: every channel of a company becomes one customer store and one merged feed."""

__version__ = "0.1.0"
