"""The timeline holds every record of a customer, and joins messages into conversations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.stores import a_store
from throughline.customers import conversations, timeline

Message = Mapping[str, Any]


def test_a_timeline_joins_all_channels_in_order_of_time(postgres_url: str) -> None:
    with a_store(postgres_url) as store:
        mail = store.put_party("mail", "a", name="Ada")
        caller = store.put_party("telephony", "b", phones=["+4930123456"])
        store.put_record("erp", "3", mail, "invoice", "2026-03-03", number="R-3")
        store.put_record("telephony", "2", caller, "interaction", "2026-02-02", channel="telephone")
        store.put_record("mail", "1", mail, "interaction", "2026-01-01", subject="Hello")
        store.put_record("webshop", "4", mail, "order", None, number="17")
        customer = store.put_customer(mail, caller)
        entries = timeline(store.connection, customer)
        assert [entry.key for entry in entries] == ["1", "2", "3", "4"]
        assert [entry.title for entry in entries] == ["Hello", None, "R-3", "17"]


def test_a_retired_id_has_the_timeline_of_the_customer_it_became(postgres_url: str) -> None:
    with a_store(postgres_url) as store:
        mail = store.put_party("mail", "a", name="Ada")
        store.put_record("mail", "1", mail, "interaction", "2026-01-01", subject="Hello")
        loser = store.put_customer(mail)
        survivor = store.put_customer(store.put_party("erp", "b", name="Ada"))
        store.merge_customers(survivor, loser)
        assert [entry.key for entry in timeline(store.connection, loser)] == ["1"]


def test_answers_join_the_conversation_even_if_the_middle_is_missing() -> None:
    messages: list[Message] = [
        {"message_id": "1"},
        {"message_id": "9", "references": ["8"]},
        {"message_id": "3", "in_reply_to": "2", "references": ["1", "2"]},
        {"kind": "call"},
        {"message_id": "5", "thread": "t"},
        {"message_id": "6", "thread": "t"},
    ]
    assert conversations(messages) == [0, 1, 0, None, 4, 4]


def test_two_conversations_become_one_when_a_message_answers_both() -> None:
    messages: list[Message] = [{"message_id": "1"}, {"message_id": "2"}, {"references": ["2", "1"]}]
    assert conversations(messages) == [0, 0, 0]
