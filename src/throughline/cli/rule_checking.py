"""Check the mapping rules of a connection: do they compile, and do their paths exist?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from typing import Any

from throughline.connector import Connector, Finding, HasColumns, StreamSpec
from throughline.errors import ConfigurationError
from throughline.home import Home
from throughline.home.connectors import streams_of
from throughline.normalise import Mapper, RuleSet, Sandbox, load_rules, open_mapper
from throughline.normalise.absent import absent_paths

FIRST = 100


def rule_findings(
    home: Home, name: str, connector: Connector, *, readable: bool
) -> Iterator[Finding]:
    """Yield what is well and what is not with the rule of each stream of a connection.

    `readable`: the streams can be read, so that their first records are held against the rules.
    Not where connector and rule are both as shipped, for these know each other.
    """
    rules, config = load_rules(home.rules_folder), home.connection(name)
    streams = streams_of(connector, config)
    with closing(Sandbox(home.organisation)) as sandbox:
        for stream in streams:
            subject, names = f"rule {stream.rule}", [one.name for one in streams]
            try:
                mapper = open_mapper(config, stream, rules, sandbox, streams=names)
            except ConfigurationError as error:
                yield Finding.failed(subject, error)
                continue
            with closing(mapper):
                yield Finding(subject=subject, ok=True, message=f"reads stream {stream.name}")
                ours = stream.rule in rules.own or stream.name in config.streams
                if readable and ours:
                    yield from _absent(subject, connector, stream, rules, mapper)


def _absent(
    subject: str, connector: Connector, stream: StreamSpec, rules: RuleSet, mapper: Mapper
) -> Iterator[Finding]:
    """Yield paths of the rule that no record has: errors if none can have them, else notes."""
    absent = absent_paths(rules.file(stream.rule), mapper.rules, first_records(connector, stream))
    if not absent:
        return
    columns = connector.columns(stream.name) if isinstance(connector, HasColumns) else ()
    wrong = [one for one in absent if columns and one.names[0] not in columns]
    later = {(column,) for column in columns}
    rare = [one for one in absent if one not in wrong and one.names not in later]
    own = stream.rule in rules.own
    for found, ok in ((wrong, not own), (rare, True)):
        if found:
            message = "\n".join(str(one.mistake) for one in found)
            code = ConfigurationError.exit_code
            yield Finding(subject=subject, ok=ok, note=ok, message=message, exit_code=code)


def first_records(connector: Connector, stream: StreamSpec) -> list[Mapping[str, Any]]:
    """Return the first records of a stream, without what is not a record."""
    found: list[Mapping[str, Any]] = []
    for page in connector.read(stream.name, None):
        for text in page.records[: FIRST - len(found)].to_pylist():
            with suppress(ValueError):
                record = json.loads(text)
                found += [record] if isinstance(record, Mapping) else []
        if len(found) >= FIRST:
            break
    return found
