"""What the tryton connector does when the server fails, on servers that are plain functions."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from throughline.errors import (
    AccessError,
    ChannelUnavailableError,
    ConfigurationError,
    ThroughlineError,
)
from throughline.land.mending import mend
from throughline.testing import assert_keeps_secrets, context, read_all
from throughline_erp.tryton.connection import TrytonConnection
from throughline_erp.tryton.values import EPOCH
from throughline_erp.web import Web, seconds_asked

Reply = tuple[int, dict[str, str], bytes]
Respond = Callable[[str, Any], Reply]
SECRET = "s3cret-of-the-test"


@contextmanager
def serving(respond: Respond) -> Iterator[str]:
    """Serve on loopback; `respond` gives status, headers and body for a path and a JSON body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, content = respond(self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def result(value: Any, **headers: str) -> Reply:
    """Answer with a result."""
    return 200, headers, json.dumps({"id": 0, "result": value}).encode()


def a_tryton(parties: list[dict[str, Any]], fail: Respond | None = None) -> Respond:
    """Return a server with these parties; `fail` comes first, and passes with status 0."""

    def respond(path: str, body: Any) -> Reply:
        if fail is not None and (reply := fail(path, body))[0]:
            return reply
        method, params = body["method"], body["params"]
        if method == "common.db.login":
            return result([1, "session", None])
        if method.endswith("get_preferences"):
            return result({"language": "en"})
        if method.endswith("fields_get"):
            return result({"name": {}, "write_date": {}, "create_date": {}})
        rows = parties if "party.party" in method else []
        after = next((part[2] for part in params[0] if part[:2] == ["id", ">"]), 0)
        return result([row for row in rows if row["id"] > after][: params[2]])

    return respond


def open_it(url: str, folder: Path, waited: list[float]) -> TrytonConnection:
    """Open a connection whose waiting is only written down."""
    settings = {"url": url, "database": "d", "user": "u", "password": SECRET}
    web = Web("erp", sleep=waited.append)
    return TrytonConnection(context(folder, {**settings, "streams": ["parties"]}, name="erp"), web)


def a_party(number: int) -> dict[str, Any]:
    """Return a party as the server writes it."""
    return {"id": number, "name": f"Party {number}", "write_date": None, "create_date": None}


def failing(*replies: Reply, method: str = "search_read") -> Respond:
    """Give these replies, one after the other, to calls of a method; then pass."""
    left = list(replies)

    def fail(_: str, body: Any) -> Reply:
        return left.pop(0) if left and method in body["method"] else (0, {}, b"")

    return fail


BAD = [
    (503, {}, b"down"),
    (500, {}, b"<html>"),
    (429, {"Retry-After": "7"}, b"{}"),
    (200, {}, b'{"id": 0, "result": [{"id": 1, "na'),
    (200, {}, b""),
]


@pytest.mark.parametrize("bad", BAD)
def test_a_call_that_fails_for_a_moment_is_made_again(tmp_path: Path, bad: Reply) -> None:
    waited: list[float] = []
    with serving(a_tryton([a_party(1)], failing(bad, bad))) as url:
        reading = read_all(open_it(url, tmp_path, waited), "parties")
    assert sorted(reading.records) == ["1"]
    assert waited == ([7.0, 7.0] if bad[0] == 429 else [1.0, 2.0])


@pytest.mark.parametrize("bad", BAD)
def test_a_call_that_fails_for_good_ends_the_run_as_unavailable(tmp_path: Path, bad: Reply) -> None:
    waited: list[float] = []
    with (
        serving(a_tryton([], failing(*[bad] * 99))) as url,
        pytest.raises(ChannelUnavailableError) as ended,
    ):
        list(open_it(url, tmp_path, waited).read("parties", None))
    assert len(waited) == 4
    assert ended.value.retry_after == (7.0 if bad[0] == 429 else None)


def test_a_long_wait_that_the_server_asks_for_is_left_to_the_next_run(tmp_path: Path) -> None:
    waited: list[float] = []
    slow = (503, {"Retry-After": "3600"}, b"")
    with (
        serving(a_tryton([], failing(slow))) as url,
        pytest.raises(ChannelUnavailableError) as ended,
    ):
        list(open_it(url, tmp_path, waited).read("parties", None))
    assert waited == []
    assert ended.value.retry_after == 3600.0


def test_retry_after_is_seconds_or_a_date_and_garbage_is_nothing() -> None:
    later = EPOCH.replace(minute=2)
    assert seconds_asked("30", EPOCH) == 30.0
    assert seconds_asked(format_datetime(later, usegmt=True), EPOCH) == 120.0
    assert seconds_asked(format_datetime(EPOCH, usegmt=True), later) == 0.0
    assert seconds_asked("soon", EPOCH) is None
    assert seconds_asked(None, EPOCH) is None


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with serving(a_tryton([])) as url:
        pass
    connection = open_it(url, tmp_path, [])
    with pytest.raises(ChannelUnavailableError):
        list(connection.read("parties", None))
    assert [finding.ok for finding in connection.check()] == [False]


def test_a_session_that_ends_meanwhile_is_begun_anew(tmp_path: Path) -> None:
    many = [a_party(number) for number in range(1, 1201)]
    ended = failing((0, {}, b""), (0, {}, b""), (401, {}, b"{}"))
    with serving(a_tryton(many, ended)) as url:
        assert len(read_all(open_it(url, tmp_path, []), "parties").records) == 1200


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_login_is_an_access_error(tmp_path: Path, status: int) -> None:
    refused = failing(*[(status, {}, b"{}")] * 9, method="login")
    with serving(a_tryton([], refused)) as url, pytest.raises(AccessError):
        list(open_it(url, tmp_path, []).read("parties", None))


@pytest.mark.parametrize("jorg", [b"J\xf6rg", rb"J\ud83drg"])
def test_a_badly_encoded_record_is_handed_on_to_be_mended_and_holds_up_no_other(
    tmp_path: Path, jorg: bytes
) -> None:
    rows = b'[{"id": 1, "name": "%b"}, {"id": 2, "name": "J\xc3\xb6rg"}]' % jorg
    reply: Reply = (200, {}, b'{"id": 0, "result": %b}' % rows)
    with serving(a_tryton([], failing(reply))) as url:
        page = next(open_it(url, tmp_path, []).read("parties", None))
    texts, mended = mend(page.records)
    names = [json.loads(text)["name"] for text in texts.to_pylist()]
    assert names == ["J\ufffdrg", "Jörg"]
    assert mended.to_pylist() == [True, False]


def test_the_older_address_of_the_rpc_is_found(tmp_path: Path) -> None:
    paths: list[str] = []

    def only_old(path: str, _: Any) -> Reply:
        paths.append(path)
        return (404, {}, b"") if path.endswith("/rpc/") else (0, {}, b"")

    with serving(a_tryton([a_party(1)], only_old)) as url:
        assert read_all(open_it(url, tmp_path, []), "parties").records
    assert paths[0] == "/d/rpc/"
    assert set(paths[1:]) == {"/d/"}


def test_a_database_that_is_not_there_is_a_mistake_of_the_settings(tmp_path: Path) -> None:
    with (
        serving(lambda _path, _body: (404, {}, b"")) as url,
        pytest.raises(ConfigurationError, match="`database`"),
    ):
        list(open_it(url, tmp_path, []).read("parties", None))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (["UserError", ["You may not read Jane Doe.", ""]], ConfigurationError),
        (["'party.party'", "Traceback … KeyError: 'party.party'"], ConfigurationError),
        (["something with Jane Doe", "Traceback …"], ChannelUnavailableError),
    ],
)
def test_an_error_of_tryton_is_told_without_its_text(
    tmp_path: Path, error: list[Any], expected: type[ThroughlineError]
) -> None:
    reply: Reply = (200, {}, json.dumps({"id": 0, "error": error}).encode())
    with serving(a_tryton([], failing(reply))) as url, pytest.raises(expected) as ended:
        list(open_it(url, tmp_path, []).read("parties", None))
    assert "Jane" not in str(ended.value)


@pytest.mark.parametrize("status", [302, 307, 308])
def test_a_server_that_leads_elsewhere_is_told_and_the_password_stays_here(
    tmp_path: Path, status: int
) -> None:
    told: list[Any] = []

    def elsewhere(_: str, body: Any) -> Reply:
        told.append(body)
        return result([1, "session", None])

    with serving(elsewhere) as other:
        leading = failing((status, {"Location": f"{other}/d/rpc/"}, b""), method="login")
        with (
            serving(a_tryton([], leading)) as url,
            pytest.raises(ConfigurationError, match="leads to another address"),
        ):
            list(open_it(url, tmp_path, []).read("parties", None))
    assert told == []


def test_the_password_shows_nowhere_while_calls_fail(tmp_path: Path) -> None:
    with serving(a_tryton([a_party(1)], failing(*BAD[:3]))) as url:
        assert_keeps_secrets(lambda: open_it(url, tmp_path, []), [SECRET])


def test_a_reading_of_everything_that_was_interrupted_ends_no_sweep(tmp_path: Path) -> None:
    many = [a_party(number) for number in range(1, 1201)]
    with serving(a_tryton(many)) as url:
        pages = list(open_it(url, tmp_path, []).read("parties", None))
        rest = list(open_it(url, tmp_path, []).read("parties", pages[0].cursor))
    assert [page.sweep_complete for page in pages] == [False, False, True]
    assert [page.sweep_complete for page in rest] == [False, False]
