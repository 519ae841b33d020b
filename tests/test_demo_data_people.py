"""The people of the demo data: who they are, how they are misspelt, what they leave behind."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.demo_data import generate
from throughline.demo_data.chance import generator, scattered
from throughline.demo_data.clock import END, START, berlin, iso, rfc5322
from throughline.demo_data.neighbours import blocks
from throughline.demo_data.people import Person
from throughline.demo_data.rates import Rates
from throughline.demo_data.spelling import bare, mistyped, mistyped_digits, spelt_out
from throughline.demo_data.vat import _austrian, _british, _german, _luhn, vat_number
from throughline.demo_data.words import country


def some_people(count: int, seed: int = 1) -> list[Person]:
    return [person for block in blocks(seed, 0, count, Rates()) for person in block.people]


def test_the_number_of_people_is_exact_and_their_keys_are_their_places() -> None:
    for count in (1, 39, 40, 41, 130):
        people = some_people(count)
        assert [person.index for person in people] == list(range(count))
        assert [person.key for person in people] == [f"p{index:08d}" for index in range(count)]


def test_a_block_does_not_depend_on_those_before_it() -> None:
    assert some_people(120)[80:] == [
        person for block in blocks(1, 80, 40, Rates()) for person in block.people
    ]


def test_households_share_lines_and_mailboxes_and_namesakes_live_apart() -> None:
    people = some_people(2_000)
    lines = Counter(person.landline for person in people if person.landline)
    mailboxes = Counter(person.shared_email for person in people if person.shared_email)
    assert max(lines.values()) >= 2
    assert max(mailboxes.values()) == 2
    names = Counter((person.given, person.family) for person in people)
    assert sum(count for count in names.values() if count > 1) > 15
    assert len({person.mobile for person in people}) == len(people)
    own = [person.email for person in people if person.email != person.shared_email]
    assert len(set(own)) >= len(own) - 4


def test_names_follow_a_skewed_curve_with_many_rare_ones() -> None:
    for code in ("DE", "FR", "GB", "US", "ES", "DK"):
        words = country(code)
        assert len(words.family.values) >= 1_000
        rng = Random(1)
        drawn = Counter(words.family.pick(rng) for _ in range(20_000))
        (_, first), (_, second) = drawn.most_common(2)
        assert 0.002 < first / 20_000 < 0.08
        assert second <= first
        assert len(drawn) > 700


def test_rates_of_records_a_person_are_those_documented(tmp_path: Path) -> None:
    people = 2_000
    report = generate(tmp_path, people=people, seed=11)
    mean = {name: count / people for name, count in report.records.items()}
    assert mean["customers"] == pytest.approx(0.75, abs=0.06)
    assert mean["orders"] == pytest.approx(1.0, abs=0.08)
    assert mean["partners"] == pytest.approx(0.55, abs=0.06)
    assert mean["invoices"] == pytest.approx(0.38, abs=0.06)
    assert mean["messages"] == pytest.approx(1.5, abs=0.15)
    assert mean["call legs"] == pytest.approx(2.4, abs=0.25)


def test_progress_is_told_up_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    generate(tmp_path, people=100, seed=1, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (100, 100)
    assert all(earlier < later for earlier, later in pairwise(told))


def test_memory_does_not_grow_with_the_people(tmp_path: Path) -> None:
    def peak(people: int) -> int:
        tracemalloc.start()
        generate(tmp_path / str(people), people=people, seed=1, delta=0.1)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    generate(tmp_path / "warm", people=120, seed=1, delta=0.1)
    assert peak(640) < 1.2 * peak(160) + 1_000_000


def test_vat_numbers_have_the_check_digits_of_published_examples() -> None:
    assert _german("13669597") == "DE136695976"
    assert _austrian("1358562") == "ATU13585627"
    assert _british("9807806") == "GB980780684"
    assert _luhn("30326504") == 5
    assert vat_number("US", 1) == ""
    for code in ("DE", "AT", "FR", "ES", "DK", "GB"):
        assert vat_number(code, 12_345).startswith(code)
        assert vat_number(code, 12_345) != vat_number(code, 12_346)


@given(st.integers(0, 7_999_999), st.integers(0, 7_999_999), st.integers(0, 3))
def test_scattered_numbers_never_meet(one: int, two: int, lane: int) -> None:
    assert (scattered(one, lane, 5) == scattered(two, lane, 5)) == (one == two)


def test_generators_of_different_seeds_and_purposes_differ() -> None:
    drawn = {
        generator(seed, purpose, index).random()
        for seed in (0, 1, 2**40)
        for purpose in range(3)
        for index in (0, 1, 10**7)
    }
    assert len(drawn) == 27


@given(st.text("abcdefghij0123456789", min_size=5, max_size=30), st.integers())
def test_a_typing_error_keeps_the_first_character(text: str, seed: int) -> None:
    wrong = mistyped(text, Random(seed))
    assert wrong[0] == text[0]
    assert abs(len(wrong) - len(text)) <= 1


@given(st.from_regex(r"[1-9][0-9]{7,11}", fullmatch=True), st.integers())
def test_a_mistyped_number_keeps_its_length_and_differs(digits: str, seed: int) -> None:
    wrong = mistyped_digits(digits, Random(seed))
    assert len(wrong) == len(digits)
    assert wrong != digits
    assert wrong[:2] == digits[:2]


def test_umlauts_are_spelt_out_or_dropped() -> None:
    assert spelt_out("Jürgen Größmann Sørensen") == "Juergen Groessmann Soerensen"
    assert bare("Jürgen Größmann Muñoz") == "Jurgen Grossmann Munoz"


def test_times_are_fixed_and_berlin_has_summer_time() -> None:
    assert iso(START) == "2024-07-01T00:00:00"
    assert iso(END) == "2026-07-01T00:00:00"
    assert berlin(START) == "2024-07-01 02:00:00"
    assert berlin(1_735_689_600) == "2025-01-01 01:00:00"
    assert rfc5322(START) == "Mon, 01 Jul 2024 02:00:00 +0200"
