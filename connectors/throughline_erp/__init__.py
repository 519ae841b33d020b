"""ERP connectors, one folder each."""
