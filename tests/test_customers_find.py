"""Customers are found by any spelling that the transforms bring to the same value."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from throughline.cli.customer import _e164
from throughline.customers.find import _address
from throughline.errors import ConfigurationError
from throughline.normalise.transforms import add_transforms

AROUND = st.text(st.sampled_from(" \t\r\n\xa0\u200b\ufeff\x1c\u2002\u3000"), max_size=2)
LETTERS = st.text(
    st.sampled_from("aBz.-_+'İẞßΣſKÅé\u0301") | st.characters(categories=["L", "M", "N", "S"]),
    max_size=4,
)


@pytest.fixture(scope="module")
def transforms() -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a session that knows the transforms."""
    with duckdb.connect() as connection:
        add_transforms(connection)
        yield connection


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(AROUND, st.sampled_from(["", "MailTo:"]), LETTERS, LETTERS, AROUND)
def test_an_address_is_looked_for_as_the_transform_leaves_it(
    transforms: duckdb.DuckDBPyConnection,
    before: str,
    scheme: str,
    local: str,
    domain: str,
    after: str,
) -> None:
    text = f"{before}{scheme}{local}n@{domain}x.Example{after}"
    row = transforms.execute("SELECT tl_email(tl_text(?))", [text]).fetchone()
    if row and row[0] is not None:
        assert _address(text) == row[0]
        assert _address(f"Ann <{text}>") == row[0]


@pytest.mark.parametrize(
    "text", ["\ufeffAnn@X.example", "ann@x.example\u200b", "\xa0mailto:ann@x.example\r\n"]
)
def test_unseen_signs_around_an_address_are_left_out(text: str) -> None:
    assert _address(text) == "ann@x.example"


@pytest.mark.parametrize(
    "text",
    [
        *("030 6578844", "030/657 88-44", "(030) 6578844 ext. 5", "+49 (0)30 6578844"),
        *("0049306578844", "tel:+49306578844", "\u200b030\xa06578844", "０３０６５７８８４４"),
    ],
)
def test_a_number_is_looked_for_as_normalising_leaves_it(text: str) -> None:
    assert _e164(text, "DE") == "+49306578844"


@pytest.mark.parametrize("text", ["203", "00", "+4930", "+493065788440000000", "ann@x.example"])
def test_what_normalising_drops_is_no_number_to_look_for(text: str) -> None:
    with pytest.raises(ConfigurationError, match="expected a telephone number"):
        _e164(text, "DE")
