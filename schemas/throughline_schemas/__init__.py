"""The JSON Schemas that every part agrees on: canonical records, feed events, configuration."""
