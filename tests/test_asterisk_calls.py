"""The mapping rule of Asterisk's calls: legs become one call, the outside party is its customer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_files_rules import documents, mapped, principals
from throughline.normalise.mapping import Mapped

OUTSIDE = "+49301234567"


def a_leg(sequence: int = 1, /, **values: str) -> dict[str, str]:
    """Return a leg: a call from outside that extension 201 answered."""
    return {
        "accountcode": "service", "src": OUTSIDE, "dst": "201", "dcontext": "inbound",
        "clid": f'"Juergen Mueller" <{OUTSIDE}>', "channel": "PJSIP/trunk-00000001",
        "dstchannel": "PJSIP/201-00000002", "lastapp": "Dial", "lastdata": "PJSIP/201,30",
        "start": "2026-11-22 13:30:00", "answer": "2026-11-22 13:30:10",
        "end": "2026-11-22 13:31:10", "duration": "70", "billsec": "60",
        "disposition": "ANSWERED", "amaflags": "DOCUMENTATION", "uniqueid": f"1.{sequence}",
        "userfield": "", "sequence": str(sequence), "call": "1.1",
        "leg": f"1.{sequence}/{sequence}",
        **values,
    }  # fmt: skip


def map_legs(*legs: dict[str, str]) -> Mapped:
    """Map legs by the rule."""
    return mapped("asterisk_calls", "calls", legs, key="leg", group="call")


def call(*legs: dict[str, str]) -> dict[str, Any]:
    """Map legs to their one call."""
    (document,) = documents(map_legs(*legs).records).values()
    return document


def test_a_call_from_outside_belongs_to_the_caller_by_number_and_name() -> None:
    found = map_legs(a_leg())
    assert documents(found.records)["1.1"] == {
        "channel": "telephone",
        "kind": "call",
        "direction": "inbound",
        "occurred_at": "2026-11-22T12:30:00Z",
        "subject": "service",
        "duration_seconds": 70,
        "talk_seconds": 60,
        "outcome": "answered",
        "participants": [
            {"role": "caller", "name": "Juergen Mueller", "address": OUTSIDE},
            {"role": "callee", "address": "201"},
            {"role": "agent", "address": "201"},
        ],
    }
    (party,) = documents(found.parties).values()
    assert party == {"kind": "person", "name": "Juergen Mueller", "phones": [OUTSIDE]}
    assert len(principals(found)) == 1


def test_a_call_to_outside_belongs_to_whom_we_called() -> None:
    found = map_legs(
        a_leg(src="201", dst="030 1234567", clid='"Anna" <201>', dstchannel="PJSIP/trunk-1")
    )
    (document,) = documents(found.records).values()
    (party,) = documents(found.parties).values()
    assert document["direction"] == "outbound"
    assert party == {"kind": "person", "phones": [OUTSIDE]}


def test_a_call_between_desks_is_internal_and_makes_no_party() -> None:
    found = map_legs(a_leg(src="202", clid='"Carlos" <202>'))
    (document,) = documents(found.records).values()
    assert document["direction"] == "internal"
    assert not found.parties.num_rows


def test_an_extension_of_ours_is_no_mistake_but_other_digits_are() -> None:
    assert not map_legs(a_leg(src="202", clid='"Carlos" <202>')).notes.num_rows
    found = map_legs(a_leg(src="4711", dst="201")).notes.to_pylist()
    assert [(one["path"], one["reason"]) for one in found] == [
        ("$.participants[0].phones[0]", "not a telephone number")
    ]


def test_a_name_that_is_the_number_or_says_that_there_is_none_is_no_name() -> None:
    for name in (OUTSIDE, "", "Anonymous", "unknown", "030 1234567"):
        found = map_legs(a_leg(clid=f'"{name}" <{OUTSIDE}>'))
        (party,) = documents(found.parties).values()
        assert "name" not in party, name


def test_a_withheld_number_makes_no_party_but_an_inbound_call() -> None:
    for src in ("anonymous", "", "unknown"):
        found = map_legs(a_leg(src=src, clid=f'"Anonymous" <{src}>'))
        (document,) = documents(found.records).values()
        assert document["direction"] == "inbound"
        assert not found.parties.num_rows


def test_the_legs_of_a_queue_and_a_transfer_are_one_call() -> None:
    rang = a_leg(
        1, lastapp="Queue", lastdata="sales,t,,,60", disposition="NO ANSWER", answer="",
        billsec="0", end="2026-11-22 13:30:20", dst="30555010", dstchannel="PJSIP/202-1",
    )  # fmt: skip
    took = a_leg(
        2, lastapp="Queue", lastdata="sales,t,,,60", start="2026-11-22 13:30:20",
        answer="2026-11-22 13:30:30", end="2026-11-22 13:31:30", dst="30555010",
        dstchannel="PJSIP/203-1",
    )  # fmt: skip
    passed_on = a_leg(
        3, start="2026-11-22 13:31:30", answer="2026-11-22 13:31:40", end="2026-11-22 13:32:40",
        dst="211", dstchannel="PJSIP/211-1",
    )  # fmt: skip
    document = call(passed_on, rang, took)
    assert document["subject"] == "sales"
    assert document["outcome"] == "answered"
    assert (document["duration_seconds"], document["talk_seconds"]) == (160, 120)
    assert [(one["role"], one["address"]) for one in document["participants"]] == [
        ("caller", OUTSIDE),
        ("callee", "+4930555010"),
        ("agent", "211"),
    ]


def test_two_rows_for_the_halves_of_one_conversation_count_once() -> None:
    assert call(a_leg(1), a_leg(2))["talk_seconds"] == 60


def test_a_call_that_nobody_took_says_why() -> None:
    missed = {"answer": "", "billsec": "0", "dstchannel": ""}
    assert call(a_leg(disposition="NO ANSWER", **missed))["outcome"] == "no_answer"
    assert call(a_leg(disposition="BUSY", **missed))["outcome"] == "busy"
    assert call(a_leg(disposition="FAILED", **missed))["talk_seconds"] == 0


@pytest.mark.parametrize(
    ("start", "uniqueid", "occurred_at"),
    [
        ("2026-11-22 13:30:01", "pbx1-1795350600.7", "2026-11-22T12:30:01Z"),  # as it should be
        ("2026-11-22 12:30:00", "1795350600.7", "2026-11-22T12:30:00Z"),  # in UTC, and not said so
        ("2026-11-22 12:30:00Z", "1795350600.7", "2026-11-22T12:30:00Z"),  # in UTC, and said so
        ("2026-11-22 18:00:00", "1795350600.7", "2026-11-22T12:30:00Z"),  # the clock of India
        ("2026-10-25 02:30:00", "1792888200.7", "2026-10-25T00:30:00Z"),  # the first 2:30
        ("2026-10-25 02:30:00", "1792891800.7", "2026-10-25T01:30:00Z"),  # the second 2:30
        ("2026-11-22 13:37:00", "1795350600.7", "2026-11-22T12:37:00Z"),  # a leg of its own
        ("2026-11-22 13:30:00", "", "2026-11-22T12:30:00Z"),
    ],
)
def test_a_call_began_when_its_uniqueid_says(start: str, uniqueid: str, occurred_at: str) -> None:
    assert call(a_leg(start=start, uniqueid=uniqueid))["occurred_at"] == occurred_at


@pytest.mark.parametrize(
    ("start", "answer", "end"),
    [
        ("2026-10-25 02:50:00", "2026-10-25 02:50:10", "2026-10-25 02:10:00"),  # put back meanwhile
        ("2026-03-29 01:50:00", "2026-03-29 01:50:10", "2026-03-29 03:10:00"),  # put forward
    ],
)
def test_a_call_in_the_night_of_another_clock_lasts_as_long_as_it_says(
    start: str, answer: str, end: str
) -> None:
    leg = a_leg(start=start, answer=answer, end=end, duration="1200", billsec="1190")
    assert (call(leg)["duration_seconds"], call(leg)["talk_seconds"]) == (1200, 1190)


def test_the_order_of_the_legs_arrival_is_no_matter() -> None:
    legs = [a_leg(n, start=f"2026-11-22 13:30:0{n}", dst=f"20{n}") for n in range(1, 5)]
    assert call(*legs) == call(*reversed(legs))
