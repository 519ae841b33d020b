"""The API: keys, pages of the feed, customers, and errors as problems."""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.fix_homes import a_home, run, start
from tests.fix_processes import free_port, listens
from tests.stores import AStore, a_store
from throughline.api import create_api_key, create_app, end_api_key
from throughline.api.keys import given_key
from throughline.api.serving import _without_personal_data
from throughline.errors import ConfigurationError, UnknownNameError
from throughline.store import connect


@pytest.fixture
def store(postgres_url: str) -> Iterator[AStore]:
    """Yield a store with a customer, two records and their events."""
    with a_store(postgres_url) as store:
        party = store.put_party("erp", "1", "2026-01-01", name="Ada", emails=["ada@example.org"])
        store.put_record("mail", "m1", party, subject="Hi", message_id="<1>", channel="email")
        store.put_record("mail", "m2", party, subject="Re: Hi", in_reply_to="<1>", message_id="<2>")
        store.put_customer(party)
        store.merge()
        yield store


@pytest.fixture
def client(store: AStore, postgres_url: str) -> Iterator[TestClient]:
    """Yield a client with a valid API key."""
    app = create_app(lambda: connect(postgres_url), source="https://crm.example/throughline")
    key = create_api_key(store.connection, "crm")
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


def test_without_a_valid_key_nothing_is_told(client: TestClient, store: AStore) -> None:
    del client.headers["Authorization"]
    for sent in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic dTpw"}):
        answer = client.get("/v1/changes", headers=sent)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
        customer = store.rows("SELECT customer_id FROM customer")[0][0]
        assert client.get(f"/v1/customers/{customer}", headers=sent).status_code == 401


def test_only_a_keys_hash_is_kept(store: AStore) -> None:
    key = create_api_key(store.connection, "crm")
    assert key.encode() not in bytes(store.rows("SELECT hash FROM api_key")[0][0])


def test_a_new_key_ends_the_older_one_of_its_name(client: TestClient, store: AStore) -> None:
    create_api_key(store.connection, "crm")
    assert client.get("/v1/changes").status_code == 401


def test_an_ended_key_opens_nothing_more(client: TestClient, store: AStore) -> None:
    other = {"Authorization": f"Bearer {create_api_key(store.connection, 'shop')}"}
    end_api_key(store.connection, "crm")
    assert client.get("/v1/changes").status_code == 401
    assert client.get("/v1/changes", headers=other).status_code == 200
    with pytest.raises(UnknownNameError):
        end_api_key(store.connection, "crm")


@pytest.mark.parametrize("name", ["", " \t"])
def test_a_key_has_a_name(store: AStore, name: str) -> None:
    with pytest.raises(ConfigurationError, match="needs a name"):
        create_api_key(store.connection, name)


def test_a_key_from_the_environment_is_valid_in_the_process_that_was_given_it(
    client: TestClient, store: AStore, postgres_url: str
) -> None:
    ours, theirs = "first-key-of-the-environment", "second-key-of-the-environment"
    made = {"Authorization": f"Bearer {create_api_key(store.connection, 'environment')}"}
    app = create_app(lambda: connect(postgres_url), given_key=given_key(ours))
    create_app(lambda: connect(postgres_url), given_key=given_key(theirs))
    with TestClient(app) as serving:
        for headers, status in (
            ({"Authorization": f"Bearer {ours}"}, 200),
            ({"Authorization": f"Bearer {theirs}"}, 401),
            (made, 200),
        ):
            assert serving.get("/v1/changes", headers=headers).status_code == status
    assert client.get("/v1/changes", headers={"Authorization": f"Bearer {ours}"}).status_code == 401
    with pytest.raises(ConfigurationError, match="too short"):
        given_key("short")


def test_changes_are_read_page_by_page_until_there_are_no_more(client: TestClient) -> None:
    ids, cursor, more = [], None, True
    while more:
        page = client.get(
            "/v1/changes", params={"limit": 2} | ({"cursor": cursor} if cursor else {})
        )
        body = page.json()
        ids += [event["id"] for event in body["events"]]
        cursor, more = body["cursor"], body["more"]
    assert len(ids) == len(set(ids)) == 3
    assert client.get("/v1/changes", params={"cursor": cursor}).json()["events"] == []


def test_events_are_cloudevents_of_the_homes_source(client: TestClient) -> None:
    event = client.get("/v1/changes").json()["events"][0]
    assert event["specversion"] == "1.0"
    assert event["source"] == "https://crm.example/throughline"
    assert event["type"] == "throughline.customer.created.v1"


def test_the_bare_batch_has_its_cursor_in_the_headers(client: TestClient) -> None:
    answer = client.get("/v1/changes", headers={"Accept": "application/cloudevents-batch+json"})
    assert answer.headers["content-type"] == "application/cloudevents-batch+json"
    assert len(answer.json()) == 3
    assert answer.headers["throughline-cursor"].endswith(".3")
    assert answer.headers["throughline-more"] == "false"


def test_a_cursor_of_another_epoch_is_gone(client: TestClient) -> None:
    answer = client.get("/v1/changes", params={"cursor": "abcdef.1"})
    assert answer.status_code == 410
    assert answer.json()["resync"] == "/v1/changes"


def test_a_cursor_beyond_the_end_is_gone(client: TestClient) -> None:
    epoch = client.get("/v1/changes").json()["cursor"].partition(".")[0]
    answer = client.get("/v1/changes", params={"cursor": f"{epoch}.99"})
    assert answer.status_code == 410
    assert "beyond the feed's end" in answer.text


@pytest.mark.parametrize("query", ["cursor=x", "limit=0", "limit=1001", "wait=31"])
def test_a_wrong_query_is_a_problem(client: TestClient, query: str) -> None:
    answer = client.get(f"/v1/changes?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_customer_has_its_golden_record_provenance_and_timeline(
    client: TestClient, store: AStore
) -> None:
    customer = store.rows("SELECT customer_id FROM customer")[0][0]
    plain = client.get(f"/v1/customers/{customer}").json()
    assert plain["golden_record"]["name"] == "Ada"
    assert plain["provenance"]["emails"][0]["connection"] == "erp"
    assert "timeline" not in plain
    full = client.get(f"/v1/customers/{customer}?timeline=true").json()
    assert [entry["title"] for entry in full["timeline"]] == ["Hi", "Re: Hi"]
    assert len({entry["conversation"] for entry in full["timeline"]}) == 1


def test_a_retired_id_answers_with_the_customer_it_became(
    client: TestClient, store: AStore
) -> None:
    survivor = store.rows("SELECT customer_id FROM customer")[0][0]
    loser = store.put_customer(store.put_party("mail", "2", name="Ada L."))
    store.merge()
    store.merge_customers(survivor, loser)
    store.merge()
    answer = client.get(f"/v1/customers/{loser}").json()
    assert (answer["customer"], answer["redirected_from"]) == (str(survivor), str(loser))


def test_an_id_that_never_was_is_not_found(client: TestClient) -> None:
    answer = client.get(f"/v1/customers/{uuid4()}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_id_that_is_none_is_a_problem(client: TestClient) -> None:
    assert client.get("/v1/customers/42").status_code == 422


def test_health_needs_no_key(client: TestClient) -> None:
    del client.headers["Authorization"]
    assert client.get("/healthz").json() == {"status": "ok"}


def test_health_says_when_the_store_does_not_answer() -> None:
    nowhere = create_app(lambda: connect("postgresql://x@/x?host=/nowhere", patience=0))
    with TestClient(nowhere) as client:
        assert client.get("/healthz").status_code == 503


def test_a_store_that_does_not_answer_is_a_problem_to_wait_for() -> None:
    nowhere = create_app(lambda: connect("postgresql://x@/x?host=/nowhere", patience=0))
    with TestClient(nowhere) as client:
        answer = client.get("/v1/changes", headers={"Authorization": "Bearer x"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"


def test_the_api_describes_itself(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {"/healthz", "/v1/changes", "/v1/customers/{customer_id}"}
    for status in ("401", "410", "422", "503"):
        content = paths["/v1/changes"]["get"]["responses"][status]["content"]
        assert list(content) == ["application/problem+json"]


def test_the_api_shows_no_page_of_scripts_and_leads_nowhere(client: TestClient) -> None:
    for path in ("/docs", "/redoc", "/v1/changes/"):
        answer = client.get(path, headers={"Host": "other.example"}, follow_redirects=False)
        assert (answer.status_code, answer.headers.get("location")) == (404, None)


def test_a_method_that_is_not_allowed_is_told_with_those_that_are(client: TestClient) -> None:
    answer = client.post("/v1/changes", content="{")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("path", ["/v1/changes", "/v1/customers/x", "/healthz"])
def test_no_cache_keeps_an_answer(client: TestClient, path: str) -> None:
    assert client.get(path).headers["cache-control"] == "no-store"


KEY = "a-key-of-the-environment"


def a_server(home: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a server that takes KEY; return it and its port once it listens."""
    port = free_port()
    environment = {"THROUGHLINE_API_KEY": KEY}
    server = start("serve", "--port", str(port), home=home, environment=environment)
    while not listens(port):
        assert server.poll() is None
        time.sleep(0.1)
    return server, port


@pytest.mark.parametrize("begun", ["GET /v1/changes?cursor=", "GET /healthz HTTP/1.1\r\nX: "])
def test_a_request_line_or_header_without_end_is_not_read_on(
    tmp_path: Path, postgres_url: str, begun: str
) -> None:
    server, port = a_server(a_home(tmp_path / "home", postgres_url))
    try:
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(begun.encode())
            with pytest.raises(ConnectionError):
                for _ in range(200):
                    caller.sendall(b"a" * 100_000)
    finally:
        server.terminate()
        server.wait(timeout=15)


def test_a_server_that_is_stopped_does_not_wait_for_who_waits(
    tmp_path: Path, postgres_url: str, store: AStore
) -> None:
    server, port = a_server(a_home(tmp_path / "home", postgres_url))
    url, headers = f"http://127.0.0.1:{port}/v1/changes", {"Authorization": f"Bearer {KEY}"}
    cursor = httpx.get(url, headers=headers).json()["cursor"]
    with ThreadPoolExecutor() as beside:
        beside.submit(httpx.get, url, params={"cursor": cursor, "wait": 30}, headers=headers)
        time.sleep(1)
        server.terminate()
        server.wait(timeout=15)


def test_waiting_ends_with_the_first_change(client: TestClient, store: AStore) -> None:
    from threading import Timer

    cursor = client.get("/v1/changes").json()["cursor"]
    store.put_party("erp", "1", name="Ada Lovelace")
    later = Timer(0.5, store.merge)
    later.start()
    page = client.get("/v1/changes", params={"cursor": cursor, "wait": 20}).json()
    later.join()
    assert [event["type"] for event in page["events"]] == ["throughline.customer.updated.v1"]


def test_many_who_wait_keep_nobody_waiting(store: AStore, postgres_url: str) -> None:
    key = create_api_key(store.connection, "crm")
    app = create_app(lambda: connect(postgres_url))
    headers = {"Authorization": f"Bearer {key}"}

    async def ask() -> float:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            cursor = (await client.get("/v1/changes", headers=headers)).json()["cursor"]
            params: dict[str, Any] = {"cursor": cursor, "wait": 25}
            waiting = [
                asyncio.create_task(client.get("/v1/changes", params=params, headers=headers))
                for _ in range(60)
            ]
            await asyncio.sleep(2)
            began = time.monotonic()
            assert (await client.get("/healthz")).status_code == 200
            seconds = time.monotonic() - began
            assert not any(one.done() for one in waiting)
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            return seconds

    assert asyncio.run(ask()) < 15


def test_a_port_that_is_taken_is_told_as_that(tmp_path: Path, postgres_url: str) -> None:
    home = a_home(tmp_path / "home", postgres_url)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        environment = {"THROUGHLINE_API_KEY": "a-key-of-the-environment"}
        done = run("serve", "--port", port, home=home, environment=environment)
    assert done.returncode == 2
    assert f"can't listen on 127.0.0.1, port {port} (Address already in use)" in done.stderr


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/v1/changes?cursor=anna@post.de", "/v1/changes"),
        ("/v1/customers/anna@post.de", "(unknown path)"),
        ("/v1/customers/0e2b57f8-6e0c-4b5e-9c3c-0d9f3c1b2a11?timeline=true", "2a11 HTTP"),
    ],
)
def test_the_access_log_shows_no_more_of_a_path_than_the_api_knows(path: str, shown: str) -> None:
    line = logging.makeLogRecord({"msg": '%s - "%s %s HTTP/%s" %d', "args": ()})
    line.args = ("127.0.0.1:1", "GET", path, "1.1", 422)
    assert _without_personal_data(line)
    assert shown in line.getMessage()
    assert "anna" not in line.getMessage()
    assert "?" not in line.getMessage()
