"""What the engine relies on in every connector, each as one function that fails if it is not so."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from throughline.connector import Connector, Cursor, Page
from throughline.errors import ThroughlineError
from throughline.testing.reading import gather, keys_of, read_all, spec_of

Open = Callable[[], Connector]
"""Opens the connection anew, as a new process would."""

MAX_RECORDS = 20_000
MAX_BYTES = 40 << 20


def assert_conforms(open_connection: Open, *, secrets: Sequence[str] = ()) -> None:
    """Check everything, for each stream of the connection."""
    assert_check_is_clean(open_connection)
    assert_keeps_secrets(open_connection, secrets)
    for spec in open_connection().streams():
        assert_keys_name_records(open_connection, spec.name)
        assert_pages_are_bounded(open_connection, spec.name)
        assert_rereads_alike(open_connection, spec.name)
        assert_resumes_after_each_page(open_connection, spec.name)
        assert_nothing_new(open_connection, spec.name)
        assert_deletions_are_complete(open_connection, spec.name)


def assert_check_is_clean(open_connection: Open) -> None:
    """`check` finds the system well."""
    findings = list(open_connection().check())
    _require(bool(findings), "check() yields nothing: it should say what it looked at")
    bad = [f"{finding.subject}: {finding.message}" for finding in findings if not finding.ok]
    _require(not bad, f"check() is not content: {'; '.join(bad)}")


def assert_keys_name_records(open_connection: Open, stream: str) -> None:
    """Every record has a key, and one page never holds two different records of one key.

    The engine takes the greater version, or the later one; within a page that is often a sign
    that the key is too short.
    """
    connector = open_connection()
    spec = spec_of(connector, stream)
    for number, page in enumerate(connector.read(stream, None), 1):
        found = list(keys_of(spec, page))
        without = len(page.records) - len(found)
        _require(not without, f"{stream}: {without} records of page {number} have no key")
        texts: dict[tuple[str, str], str] = {}
        for key, version, text in found:
            known = texts.setdefault((key, version), text)
            _require(
                known == text,
                f"{stream}: page {number} holds two different records of one key and version; "
                f"is {'/'.join(spec.key)} the whole key?",
            )


def assert_pages_are_bounded(open_connection: Open, stream: str) -> None:
    """No page is larger than memory should bear, and the last says where the reading stands."""
    cursor: Cursor | None = None
    for number, page in enumerate(open_connection().read(stream, None), 1):
        cursor = page.cursor
        count, size = len(page.records), page.records.nbytes
        _require(count <= MAX_RECORDS, f"{stream}: page {number} holds {count} records")
        _require(size <= MAX_BYTES, f"{stream}: page {number} holds {size >> 20} MB")
    _require(cursor is not None, f"{stream}: no page comes, or the last one has no cursor")


def assert_rereads_alike(open_connection: Open, stream: str) -> None:
    """Two readings from the start give the same text for each record, to the byte."""
    first = read_all(open_connection(), stream).hashes()
    again = read_all(open_connection(), stream).hashes()
    changed = [key for key in first if key in again and first[key] != again[key]]
    _require(first.keys() == again.keys(), f"{stream}: a second reading gives other records")
    _require(not changed, f"{stream}: {len(changed)} records read differently a second time")


def assert_resumes_after_each_page(open_connection: Open, stream: str) -> None:
    """A reading that ends after any page goes on from its cursor; no record is missed."""
    whole = read_all(open_connection(), stream)
    spec = spec_of(open_connection(), stream)
    for landed in range(1, len(whole.pages) + 1):
        before = open_connection().read(stream, None)
        head = list(itertools.islice(before, landed))
        _close(before)
        cursor = next((p.cursor for p in reversed(head) if p.cursor is not None), None)
        both = gather(spec, itertools.chain(head, open_connection().read(stream, cursor)))
        missed = whole.records.keys() - both.records.keys()
        _require(not missed, f"{stream}: {len(missed)} records missed after page {landed}")
        _require(
            both.hashes() == whole.hashes(),
            f"{stream}: interrupted after page {landed}, records come out differently",
        )


def assert_nothing_new(open_connection: Open, stream: str) -> None:
    """Where nothing has changed, a further reading changes nothing.

    Connectors that overlap their windows may deliver records again: with the same text.
    """
    first = read_all(open_connection(), stream)
    second = read_all(open_connection(), stream, first.cursor)
    other = [key for key, text in second.records.items() if first.records.get(key) != text]
    _require(not other, f"{stream}: {len(other)} records changed though the source did not")


def assert_deletions_are_complete(open_connection: Open, stream: str) -> None:
    """Only a reading's last page may end a sweep; a resumed reading ends none it did not make."""
    pages = list(open_connection().read(stream, None))
    early = [number for number, page in enumerate(pages[:-1], 1) if page.sweep_complete]
    _require(not early, f"{stream}: page {early[:1]} ends a sweep before the reading's end")
    for landed in range(1, len(pages)):
        rest = list(open_connection().read(stream, pages[landed - 1].cursor))
        held = sum(len(page.records) for page in rest)
        swept = any(page.sweep_complete for page in rest)
        total = sum(len(page.records) for page in pages)
        _require(
            not swept or held >= total,
            f"{stream}: resumed after page {landed}, the reading claims a complete sweep",
        )


def assert_keeps_secrets(open_connection: Open, secrets: Sequence[str]) -> None:
    """Neither secrets nor records show in repr, logs, findings or error texts."""
    shown: list[str] = []
    with _logged(shown):
        connector = open_connection()
        shown += [repr(connector), str(connector)]
        try:
            shown += [finding.message for finding in connector.check()]
            for spec in connector.streams():
                shown += _shown_while_reading(connector, spec.name, None)
        except ThroughlineError as error:
            shown += [str(error), repr(error)]
    for secret in secrets:
        _require(
            not any(secret in text for text in shown),
            "a secret shows in a repr, a log line, a finding or an error",
        )


def _shown_while_reading(connector: Connector, stream: str, cursor: Cursor | None) -> Iterator[str]:
    for page in connector.read(stream, cursor):
        yield repr(page)
        yield str(page.cursor)
        yield from (f"{one.position} {one.reason}" for one in page.refused)
        _require(
            not any(text in repr(page) for text in page.records[:3].to_pylist()),
            f"{stream}: repr of a page shows its records",
        )


@contextmanager
def _logged(shown: list[str]) -> Iterator[None]:
    """Gather whatever is logged meanwhile."""

    class Gather(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            shown.append(record.getMessage())

    handler, root = Gather(level=logging.DEBUG), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def _close(pages: Iterator[Page]) -> None:
    close = getattr(pages, "close", None)
    if close is not None:
        close()


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)
