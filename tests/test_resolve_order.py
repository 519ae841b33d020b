"""Any order and any batching of arrivals, changes and deletions gives what resolving anew gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.resolve_parties import Document, Parties, a_person
from throughline.resolve import changes as resolving
from throughline.resolve import load_identity_rules

MAILS = ["anna.voss@post.de", "b.voss@post.de", "voss@post.de", "anna.voss@pots.de"]
PHONES = ["+494022110945", "+494022110954", "+4940771122"]
STREETS = ["Lindenweg 7", "Lindenwg 7", "Am Markt 1"]
KEYS = [f"party {number}" for number in range(12)]


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw parties of a small world, so that they meet: households, typing errors, no names."""
    document: dict[str, object] = {}
    style = draw(st.sampled_from(["structured", "free", "single", "nameless", "company"]))
    given = draw(st.sampled_from(["Anna", "Annie", "Bernd", "A", "Anna-Maria", "Annamaria"]))
    family = draw(st.sampled_from(["Voss", "Vos", "Voß-Krull", "Lüders"]))
    if style == "structured":
        document.update(kind="person", given_name=given, family_name=family)
    elif style == "free":
        document.update(
            kind="person",
            name=draw(
                st.sampled_from(
                    [f"{given} {family}", f"Frau {given} {family}", f"{family}, {given}"]
                )
            ),
        )
    elif style == "single":
        document.update(name=draw(st.sampled_from([given, family])))
    elif style == "company":
        document.update(kind="organisation", name=f"{family} GmbH")
        if draw(st.booleans()):
            number = draw(st.sampled_from(["DE811907980", "DE136695976"]))
            document.update(identifiers=[{"scheme": "vat", "value": number}])
    document["emails"] = draw(st.lists(st.sampled_from(MAILS), max_size=2))
    document["phones"] = draw(st.lists(st.sampled_from(PHONES), max_size=2))
    if style in ("structured", "company") and draw(st.booleans()):
        street = draw(st.sampled_from(STREETS))
        document["addresses"] = [{"street": street, "postal_code": "20144", "city": "Hamburg"}]
    return document


changes = st.lists(
    st.dictionaries(st.sampled_from(KEYS), st.none() | documents(), min_size=1, max_size=8),
    min_size=2,
    max_size=5,
)


@pytest.fixture(scope="module")
def store(embedded_template: object) -> Iterator[Parties]:
    tight = tuple(replace(key, names=3, profiles=6) for key in load_identity_rules().blocking_keys)
    with embedded_template.database(migrated=True) as url:  # type: ignore[attr-defined]
        parties = Parties.at(url, blocking_keys=tight)
        yield parties
        parties.connection.close()


@given(deliveries=changes, slice_size=st.sampled_from([1, 2, 3, 50_000]))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_order_gives_the_partition_and_links_of_a_full_resolve(
    store: Parties, deliveries: list[dict[str, Document | None]], slice_size: int
) -> None:
    store.clear()
    with patch.object(resolving, "PARTIES_A_SLICE", slice_size):
        state = deliver(store, deliveries)
    grown = store.partition(), store.links()
    store.clear()
    for key in sorted(state):
        store.put(key, state[key], account=key == KEYS[0])
    store.resolve()
    assert grown == (store.partition(), store.links())


def deliver(store: Parties, deliveries: list[dict[str, Document | None]]) -> dict[str, Document]:
    """Resolve after each delivery; return the documents that are there in the end."""
    state: dict[str, Document] = {}
    for delivery in deliveries:
        for key, document in delivery.items():
            if document is None:
                state.pop(key, None)
                store.remove(key)
            else:
                state[key] = document
                store.put(key, document, account=key == KEYS[0])
        store.resolve()
    return state


BAUER = {"emails": ["info@bauer-holz.de"]}
ANNA = {"kind": "person", "emails": ["am@post.de"]}


@pytest.mark.parametrize(
    "documents",
    [
        [
            {**BAUER, "kind": "person", "name": "Bauer Holz"},
            {**BAUER, "kind": "person", "name": "Herr Bauer Holz"},
            {**BAUER, "kind": "organisation", "name": "Bauer Holz GmbH"},
        ],
        [
            {**ANNA, "given_name": "Anna-Maria"},
            {**ANNA, "given_name": "Annamaria"},
            {**ANNA, "given_name": "Anna"},
        ],
    ],
    ids=["titles", "hyphens"],
)
def test_names_that_are_nearly_written_alike_may_arrive_in_any_order(
    store: Parties, documents: list[Document]
) -> None:
    found = []
    for order in permutations(range(len(documents))):
        store.clear()
        for number in order:
            store.put(str(number), documents[number])
            store.resolve()
        found.append((store.partition(), store.links()))
    assert found == found[:1] * len(found)


@pytest.mark.parametrize("keys", list(permutations(KEYS[1:4])), ids=str)
def test_a_match_is_found_though_a_party_of_the_other_profile_waits_to_change(
    store: Parties, keys: tuple[str, ...]
) -> None:
    moving, staying, coming = keys
    guest = a_person("Anna", "Voss", email="anna.voss@post.de")
    store.clear()
    store.put(moving, guest)
    store.put(staying, guest)
    store.resolve()
    store.put(coming, {**guest, "phones": PHONES[:1]})
    store.put(moving, a_person("Anna", "Voss", email="voss@post.de"))
    with patch.object(resolving, "PARTIES_A_SLICE", 1):
        store.resolve()
    assert store.together(staying, coming)


@pytest.mark.parametrize("keys", list(permutations(KEYS[1:4])), ids=str)
def test_a_match_is_found_though_its_profile_passes_from_one_waiting_party_to_another(
    store: Parties, keys: tuple[str, ...]
) -> None:
    leaving, taking, coming = keys
    guest = a_person("Anna", "Voss", email="anna.voss@post.de")
    store.clear()
    store.put(leaving, guest)
    store.put(taking, a_person("Bernd", "Lüders", email="b.voss@post.de"))
    store.resolve()
    store.put(coming, {**guest, "phones": PHONES[:1]})
    store.put(taking, guest)
    store.put(leaving, a_person("Clara", "Lüders", email="voss@post.de"))
    with patch.object(resolving, "PARTIES_A_SLICE", 1):
        store.resolve()
    assert store.together(taking, coming)
