"""Why records are one customer: what was found of each pair, and who was refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fix_homes import a_home, run
from tests.resolve_parties import HOME, Parties, a_person
from throughline.customers import links
from throughline.home import load_home
from throughline.merge import merge
from throughline.sync.survivorship import load_survivorship


@pytest.fixture
def parties(tmp_path: Path, postgres_url: str) -> Iterator[Parties]:
    """Yield Anna's account, mail and two equal guest orders, and her brother, of one mailbox."""
    store = Parties.at(postgres_url)
    anna = a_person("Anna", "Voss", email="voss@post.example.net", address=HOME)
    store.put("account", {**anna, "phones": ["+49401234567"]}, account=True)
    for guest in ("guest 1", "guest 2"):
        store.put(guest, anna)
    store.put("brother", a_person("Jan", "Voss", email="voss@post.example.net"), account=True)
    store.resolve()
    home = load_home(a_home(tmp_path / "home", postgres_url))
    merge(store.connection, survivorship=load_survivorship(home))
    yield store
    store.connection.close()


def test_links_tell_what_was_found_within_a_customer_and_of_others(parties: Parties) -> None:
    customers = parties.customers()
    inside, outside, *more = links(parties.connection, customers["account"])
    assert (inside.decision, inside.rule) == ("match", "score")
    assert {inside.one.connection, inside.other.connection} == {"shop"}
    assert {inside.one.equal, inside.other.equal} == {0, 1}, "two guests have the same evidence"
    assert inside.one.customer_id == inside.other.customer_id == customers["account"]
    assert (outside.decision, outside.rule) == ("refused", "household")
    assert outside.reasons["given"] == "different"
    assert outside.reasons["email"] == "same"
    assert outside.one.customer_id == customers["account"]
    assert outside.other.customer_id == customers["brother"]
    assert [link.decision for link in more] == ["refused"]
    assert "voss" not in repr(inside), "what a repr shows may end in a log"


def test_the_command_shows_them_when_asked_why(parties: Parties, tmp_path: Path) -> None:
    customer = str(parties.customers()["brother"])
    asked = ("customer", "--id", customer)
    shown = run(*asked, "--why", home=tmp_path / "home").stdout
    assert "household" in shown
    assert str(parties.customers()["account"]) in shown
    assert "household" not in run(*asked, home=tmp_path / "home").stdout
    (page,) = json.loads(run(*asked, "--why", "--json", home=tmp_path / "home").stdout)
    assert {link["decision"] for link in page["links"]} == {"refused"}
    assert page["links"][0]["other"]["doc"]["given_name"] == "Anna"
