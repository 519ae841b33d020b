"""The demo data: the same every time, in the formats real systems write, with a complete truth."""

from __future__ import annotations

import csv
import email
import email.utils
import json
import mailbox
import re
from collections import Counter
from collections.abc import Iterator
from email import policy
from pathlib import Path

import phonenumbers
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from throughline.demo_data import DemoDataReport, generate
from throughline_email.message import message_record
from throughline_email.streams import MESSAGES

Key = tuple[str, str, str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoDataReport:
    return generate(tmp_path_factory.mktemp("demo"), people=300, seed=1, delta=0.2)


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def truth(folder: Path) -> dict[Key, str]:
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = {(row["connection"], row["stream"], row["source_id"]): row["person"] for row in rows}
    assert len(keys) == len(rows), "a key stands in the truth twice"
    return keys


def objects(folder: Path, stream: str) -> Iterator[dict[str, object]]:
    for path in sorted(folder.glob(f"webshop/{stream}-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def rows(folder: Path, stream: str) -> Iterator[dict[str, str]]:
    for path in sorted(folder.glob(f"erp/{stream}-*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file, delimiter=";")


def legs(folder: Path) -> Iterator[list[str]]:
    for path in sorted(folder.glob("telephony/Master-*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.reader(file)


def messages(folder: Path) -> Iterator[mailbox.mboxMessage]:
    for path in sorted(folder.glob("mail/inbox-*.mbox")):
        yield from mailbox.mbox(path, create=False)


def message_id(message: mailbox.mboxMessage) -> str:
    return str(message["Message-ID"]).strip("<>")


def message_key(message: mailbox.mboxMessage) -> str:
    record = message_record(message.as_bytes(), "raw:abc")
    return "/".join(record[path] for path in MESSAGES.key)


def written_keys(folder: Path) -> Counter[Key]:
    keys: Counter[Key] = Counter()
    keys.update(("webshop", "customers", str(one["id"])) for one in objects(folder, "customers"))
    keys.update(("webshop", "orders", str(one["id"])) for one in objects(folder, "orders"))
    keys.update(("erp", "partners", row["id"]) for row in rows(folder, "partners"))
    keys.update(("erp", "invoices", row["id"]) for row in rows(folder, "invoices"))
    keys.update({("telephony", "calls", leg[19]) for leg in legs(folder)})
    keys.update(("mail", "messages", message_key(one)) for one in messages(folder))
    return keys


def deletions(folder: Path) -> set[Key]:
    shop = {
        ("webshop", stream, str(one["id"]))
        for stream in ("customers", "orders")
        for one in objects(folder, stream)
        if one.get("deleted") or one.get("status") == "trash"
    }
    books = {("erp", "partners", r["id"]) for r in rows(folder, "partners") if r["deleted"] == "1"}
    return shop | books


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    generate(tmp_path / "one", people=90, seed=7, delta=0.1)
    generate(tmp_path / "two", people=90, seed=7, delta=0.1)
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    generate(tmp_path / "one", people=40, seed=1)
    generate(tmp_path / "two", people=40, seed=2)
    assert content(tmp_path / "one") != content(tmp_path / "two")


def test_a_delta_leaves_the_base_delivery_as_it_is(tmp_path: Path) -> None:
    generate(tmp_path / "plain", people=120, seed=3)
    generate(tmp_path / "both", people=120, seed=3, delta=0.1)
    both = content(tmp_path / "both")
    assert content(tmp_path / "plain") == {
        name: data for name, data in both.items() if not name.startswith("delta/")
    }


def test_a_smaller_set_leaves_no_file_of_a_larger_one_behind(tmp_path: Path) -> None:
    stale = tmp_path / "webshop" / "orders-0002.jsonl"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}\n")
    generate(tmp_path, people=10, seed=1)
    assert not stale.exists()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    people=st.integers(min_value=1, max_value=90),
    seed=st.integers(min_value=0, max_value=2**63),
    delta_people=st.integers(min_value=0, max_value=120),
)
def test_truth_names_records_that_exist_whatever_the_size(
    tmp_path_factory: pytest.TempPathFactory, people: int, seed: int, delta_people: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    generate(folder, people=people, seed=seed, delta_people=delta_people)
    base = written_keys(folder)
    assert truth(folder).keys() <= base.keys()
    late = written_keys(folder / "delta")
    assert truth(folder / "delta").keys() <= base.keys() | late.keys()


def test_every_customer_record_is_in_the_truth_and_noise_is_not(demo: DemoDataReport) -> None:
    known = truth(demo.folder)
    written = written_keys(demo.folder)
    for connection, stream in (
        ("webshop", "customers"), ("webshop", "orders"), ("erp", "partners"), ("erp", "invoices"),
    ):  # fmt: skip
        keys = {key for key in written if key[:2] == (connection, stream)}
        assert keys <= known.keys()
    calls = {leg[19]: leg[1] for leg in legs(demo.folder) if len(leg[2]) > 3 or len(leg[1]) > 3}
    anonymous = {linkedid for linkedid, src in calls.items() if src in ("anonymous", "")}
    assert anonymous
    assert not {("telephony", "calls", linkedid) for linkedid in anonymous} & known.keys()
    for one in messages(demo.folder):
        sender, recipient = str(one["From"]), str(one["To"])
        ours = sum("lichtwerk.example" in who for who in (sender, recipient))
        noise = ours == 2 or re.search(r"no-?reply|newsletter@|news@|daemon|do-not", sender)
        assert (("mail", "messages", message_key(one)) in known) == (not noise)


def test_each_record_is_written_once(demo: DemoDataReport) -> None:
    for folder in (demo.folder, demo.folder / "delta"):
        assert set(written_keys(folder).values()) == {1}


def test_call_legs_have_the_columns_of_cdr_csv(demo: DemoDataReport) -> None:
    calls = Counter(leg[19] for leg in legs(demo.folder))
    assert max(calls.values()) > 1
    for leg in legs(demo.folder):
        assert len(leg) == 21
        started, answered, ended, duration, billed = leg[9], leg[10], leg[11], leg[12], leg[13]
        assert started <= (answered or started) <= ended
        assert int(billed) <= int(duration)
        assert leg[14] in ("ANSWERED", "NO ANSWER", "BUSY")
        assert bool(answered) == (leg[14] == "ANSWERED")
    text = next(iter(demo.folder.glob("telephony/*.csv"))).read_text()
    assert re.match(r'"[^"]*","[^"]*","\d+",', text)


def test_customers_dial_in_numbers_that_exist(demo: DemoDataReport) -> None:
    numbers = {leg[1] for leg in legs(demo.folder) if len(leg[1]) > 3 and leg[1] != "anonymous"}
    parsed = [phonenumbers.parse(number, "DE") for number in numbers]
    valid = [number for number in parsed if phonenumbers.is_valid_number(number)]
    assert len(valid) >= 0.97 * len(parsed)
    assert len({number.country_code for number in parsed}) >= 6
    spellings = {re.sub(r"\d+", "", number) for number in numbers} | {n[:2] for n in numbers}
    assert {"+", "00", " "} <= spellings


def test_orders_look_like_woocommerce(demo: DemoDataReport) -> None:
    accounts = {one["id"] for one in objects(demo.folder, "customers")}
    guests = 0
    for order in objects(demo.folder, "orders"):
        lines = order["line_items"]
        assert isinstance(lines, list)
        total = sum(float(line["total"]) for line in lines)
        assert float(str(order["total"])) == pytest.approx(total)
        assert order["customer_id"] == 0 or order["customer_id"] in accounts
        assert str(order["date_modified_gmt"]) >= str(order["date_created_gmt"])
        guests += order["customer_id"] == 0
    assert guests


def test_contacts_and_invoices_refer_to_partners(demo: DemoDataReport) -> None:
    partners = {row["id"]: row["type"] for row in rows(demo.folder, "partners")}
    assert set(partners.values()) == {"company", "contact", "person"}
    for row in rows(demo.folder, "partners"):
        assert (row["type"] == "contact") == bool(row["parent_id"])
        assert partners.get(row["parent_id"], "company") == "company"
    for row in rows(demo.folder, "invoices"):
        assert row["partner_id"] in partners
        net, tax, total = (float(row[name].replace(",", ".")) for name in ("net", "tax", "total"))
        assert total == pytest.approx(net + tax)


def test_threads_refer_to_messages_that_exist(demo: DemoDataReport) -> None:
    known = {f"<{message_id(one)}>" for one in messages(demo.folder)}
    answers = [one for one in messages(demo.folder) if one["In-Reply-To"]]
    assert answers
    for one in answers:
        assert one["In-Reply-To"] in known
        assert set(str(one["References"]).split()) <= known


def test_mail_comes_in_the_charsets_and_with_the_faults_of_real_clients(tmp_path: Path) -> None:
    generate(tmp_path, people=800, seed=5)
    charsets: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    quoted = lost = 0
    for one in messages(tmp_path):
        parsed = email.message_from_bytes(one.as_bytes(), policy=policy.compat32)
        kinds[parsed.get_content_type()] += 1
        for part in parsed.walk():
            charset = part.get_content_charset()
            if charset:
                charsets[charset] += 1
            if part.get_content_type() == "text/plain":
                body = part.get_payload(decode=True)
                assert isinstance(body, bytes)
                try:
                    text = body.decode(charset or "ascii")
                except UnicodeDecodeError:
                    lost += 1
                    text = body.decode("latin-1")
                quoted += "\n> " in text or "\n-----" in text
    assert {"utf-8", "iso-8859-1", "windows-1252", "gb18030", "gb2312"} <= charsets.keys()
    assert {"text/plain", "multipart/alternative", "multipart/mixed"} <= kinds.keys()
    assert quoted > 150
    assert 0 < lost < 60


def test_lines_that_begin_with_from_are_quoted(tmp_path: Path) -> None:
    generate(tmp_path, people=300, seed=5)
    data = b"".join(path.read_bytes() for path in tmp_path.glob("mail/*.mbox"))
    assert b"\n>From what I can see" in data
    for separator in re.finditer(rb"^From .*$", data, re.MULTILINE):
        assert re.fullmatch(rb"From \S+ \w{3} \w{3} [ \d]\d [\d:]{8} \d{4}", separator.group())


def test_the_example_is_seen_in_all_four_channels_in_the_order_of_a_story(
    demo: DemoDataReport,
) -> None:
    example = demo.example
    assert example is not None
    keys = [key for key, person in truth(demo.folder).items() if person == example.person]
    assert {key[0] for key in keys} == {"mail", "telephony", "webshop", "erp"}
    assert len(keys) == example.records
    letter = next(one for one in messages(demo.folder) if example.email in str(one["From"]))
    assert "sales@" in str(letter["To"])
    call = next(leg for leg in legs(demo.folder) if leg[1] == example.phone)
    assert call[0] == "service"
    order = next(o for o in objects(demo.folder, "orders") if example.email in json.dumps(o))
    partner = next(r for r in rows(demo.folder, "partners") if r["email"] == example.email)
    invoice = next(r for r in rows(demo.folder, "invoices") if r["partner_id"] == partner["id"])
    sent = email.utils.parsedate_to_datetime(str(letter["Date"])).strftime("%Y-%m-%d")
    assert sent <= call[9][:10] <= str(order["date_created"])[:10] <= invoice["date"]


def test_our_own_people_are_described_and_never_customers(demo: DemoDataReport) -> None:
    own = yaml.safe_load((demo.folder / "organisation.yaml").read_text(encoding="utf-8"))
    assert own.keys() == {
        "name", "domains", "mailing_lists", "no_reply", "extensions", "numbers", "staff",
    }  # fmt: skip
    assert all(one.keys() == {"name", "email", "extension"} for one in own["staff"])
    desks = {one["extension"] for one in own["staff"]}
    seen = {leg[1] for leg in legs(demo.folder) if len(leg[1]) == 3}
    assert seen <= desks


def test_a_delta_changes_only_what_is_known_and_numbers_the_new_beyond_it(
    demo: DemoDataReport,
) -> None:
    base, late = written_keys(demo.folder), written_keys(demo.folder / "delta")
    gone = deletions(demo.folder / "delta")
    before, after = truth(demo.folder), truth(demo.folder / "delta")
    assert gone
    assert gone <= base.keys()
    assert late.keys() & base.keys(), "no record changed"
    assert late.keys() - base.keys(), "no record is new"
    assert after.keys() == (before.keys() | (late.keys() - base.keys())) - gone
    assert all(after[key] == person for key, person in before.items() if key in after)


def test_a_delta_holds_the_number_of_new_people_and_late_legs_of_old_calls(
    demo: DemoDataReport,
) -> None:
    people = {p for p in truth(demo.folder / "delta").values() if p.startswith("p")}
    assert 8 <= len({key for key in people if key >= "p00000300"}) <= 12
    old = {leg[19] for leg in legs(demo.folder)}
    assert any(leg[19] in old for leg in legs(demo.folder / "delta"))


def test_delta_files_follow_the_base_files_in_any_sorted_folder(demo: DemoDataReport) -> None:
    for path in (demo.folder / "delta").rglob("*-d0001.*"):
        stem, suffix = path.name.removesuffix(path.suffix)[:-6], path.suffix
        base = demo.folder / path.parent.name / f"{stem}-0001{suffix}"
        assert base.exists()
        assert base.name < path.name
