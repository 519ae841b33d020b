"""Messages made to be read slowly: time grows with their length, not with its square."""

from __future__ import annotations

import time

import pytest

from throughline_email.message import message_json

LENGTH = 1_000_000
TYPE = "Content-Type: text/plain"
BASE64 = "Content-Transfer-Encoding: base64"


def long(text: str) -> str:
    return text * (LENGTH // len(text))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (BASE64, long("=")),
        (BASE64, long("= \n")),
        (f"{TYPE}; format=flowed", long("a \n")),
        (f"{TYPE}; format=flowed", long("> > \n")),
        (TYPE + long("; a; b="), "hello"),
        (TYPE + long("; name*0=a"), "hello"),
        (f"{TYPE}\nContent-Disposition: attachment{long(';')}", "hello"),
        (long("a\n") + "X-Last: x", "hello"),
    ],
    ids=lambda text: text[:60],
)
def test_a_message_of_a_megabyte_takes_a_moment(headers: str, body: str) -> None:
    start = time.process_time()
    message_json(f"From: anna@x.example\n{headers}\n\n{body}".encode(), "raw:abc")
    assert time.process_time() - start < 3
