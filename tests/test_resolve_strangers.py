"""Whom somebody is taken for who writes under a customer's name, as docs/security.md says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.resolve_parties import Parties, a_person


@pytest.fixture
def parties(postgres_url: str) -> Iterator[Parties]:
    store = Parties.at(postgres_url)
    store.put("account", a_person("Ulrike", "Quellmalz", email="u.quell@firma.de"), account=True)
    yield store
    store.connection.close()


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("hacker77@elsewhere.org", False),
        ("u.quell@elsewhere.org", True),
        ("u.quell@firna.de", True),
        ("u.qu\u0435ll@firma.de", True),  # a Cyrillic letter: one away, like any other
    ],
)
def test_a_rare_name_needs_an_address_that_is_near(
    parties: Parties, address: str, taken: bool
) -> None:
    parties.put("letter", {"name": "Ulrike Quellmalz", "emails": [address]})
    parties.resolve()
    assert parties.together("account", "letter") is taken


@pytest.mark.parametrize("address", ["u.quell@elsewhere.org", "u.quell@firna.de"])
def test_who_gives_near_addresses_no_weight_joins_no_namesake(
    parties: Parties, address: str
) -> None:
    email = {**parties.rules.weights["email"], "close": -1.5, "local": -1.5}
    parties.rules = replace(parties.rules, weights={**parties.rules.weights, "email": email})
    parties.put("letter", {"name": "Ulrike Quellmalz", "emails": [address]})
    parties.resolve()
    assert not parties.together("account", "letter")


@pytest.mark.parametrize("address", ["u.quell@firna.de", "u.qu\u0435ll@firma.de"])
def test_an_address_that_only_looks_like_a_customers_is_not_enough(
    parties: Parties, address: str
) -> None:
    parties.put("letter", {"emails": [address]})
    parties.put("other", {"name": "Eve Adams", "emails": [address]})
    parties.resolve()
    assert not parties.together("account", "letter")
    assert not parties.together("account", "other")
