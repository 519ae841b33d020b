"""The API: keys, pages of the feed, customers, and errors as problems."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.stores import AStore, a_store
from throughline.api import create_api_key, create_app
from throughline.api.keys import keep_given_key
from throughline.errors import ConfigurationError
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


def test_a_key_from_the_environment_is_valid_until_another_is_given(
    client: TestClient, store: AStore
) -> None:
    for key in ("first-key-of-the-environment", "second-key-of-the-environment"):
        keep_given_key(store.connection, key)
        headers = {"Authorization": f"Bearer {key}"}
        assert client.get("/v1/changes", headers=headers).status_code == 200
    headers = {"Authorization": "Bearer first-key-of-the-environment"}
    assert client.get("/v1/changes", headers=headers).status_code == 401
    with pytest.raises(ConfigurationError, match="too short"):
        keep_given_key(store.connection, "short")


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
    assert client.get("/v1/changes", params={"cursor": f"{epoch}.99"}).status_code == 410


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


def test_waiting_ends_with_the_first_change(client: TestClient, store: AStore) -> None:
    from threading import Timer

    cursor = client.get("/v1/changes").json()["cursor"]
    store.put_party("erp", "1", name="Ada Lovelace")
    later = Timer(0.5, store.merge)
    later.start()
    page = client.get("/v1/changes", params={"cursor": cursor, "wait": 20}).json()
    later.join()
    assert [event["type"] for event in page["events"]] == ["throughline.customer.updated.v1"]
