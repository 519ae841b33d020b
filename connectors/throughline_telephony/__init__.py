"""Telephony connectors, one folder each."""
