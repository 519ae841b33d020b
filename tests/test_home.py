"""A home's files: what they become, and what is said of every mistake in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from throughline.errors import ConfigurationError, InvalidHomeError, UnknownNameError
from throughline.home import Organisation, find_home, load_home
from throughline.home.connectors import open_connector, streams_of
from throughline.home.making import make_home
from throughline.home.organisation import organisation_from

FILES = """\
connector: files
channel: webshop
settings: {url: ../shop}
streams:
  customers: {files: "*.csv", key: id, rule: woocommerce_customers}
"""


def a_home(folder: Path, *, home: str = "", **connections: str) -> Path:
    """Write a home with these texts, connections by name, and return its folder."""
    (folder / "connections").mkdir(parents=True)
    (folder / "throughline.yaml").write_text(home, "utf-8")
    for name, text in connections.items():
        (folder / "connections" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def mistakes(folder: Path) -> list[str]:
    """Return every mistake that loading the home reports."""
    with pytest.raises(InvalidHomeError) as caught:
        load_home(folder)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_an_empty_home_has_every_default(tmp_path: Path) -> None:
    home = load_home(a_home(tmp_path / "h"))
    assert home.store_url is None
    assert home.landing_url == str(tmp_path / "h" / "data" / "landing")
    assert (home.defaults.time_zone, home.defaults.region) == ("UTC", None)
    assert home.organisation == Organisation()
    assert not home.connections


def test_connections_are_sorted_and_take_the_homes_defaults(tmp_path: Path) -> None:
    home = load_home(
        a_home(
            tmp_path / "h",
            home="defaults: {time_zone: Europe/Berlin, region: DE, currency: EUR}",
            shop=FILES + "region: AT\n",
            archive=FILES,
        )
    )
    assert list(home.connections) == ["archive", "shop"]
    shop = home.connections["shop"]
    assert (shop.time_zone, shop.region, shop.currency) == ("Europe/Berlin", "AT", "EUR")
    assert shop.streams["customers"]["key"] == "id"


def test_a_misspelt_key_is_reported_with_line_and_nearest_word(tmp_path: Path) -> None:
    text = "channel: webshop\nconector: files\n"
    found = mistakes(a_home(tmp_path / "h", shop=text))
    assert found == ["connections/shop.yaml:2: conector: not known here; did you mean `connector`?"]


def test_all_mistakes_in_all_files_are_reported_at_once(tmp_path: Path) -> None:
    home = """\
store: {url: mysql://db}
defaults:
  time_zone: Europe/Berln
  region: GX
organisation:
  domain: [a.example]
"""
    shop = FILES.replace("key: id, ", "").replace("woocommerce_customers", "woocommerce_customer")
    found = mistakes(a_home(tmp_path / "h", home=home, shop=shop, mail="connector: mbx\n"))
    assert [line.split(": ")[0] for line in found] == [
        "throughline.yaml:1",
        "throughline.yaml:3",
        "throughline.yaml:4",
        "throughline.yaml:6",
        "connections/mail.yaml:1",
        "connections/shop.yaml:5",
        "connections/shop.yaml:5",
    ]
    text = "\n".join(found)
    assert "did you mean `Europe/Berlin`?" in text
    assert "organisation.domain: not known here; did you mean `domains`?" in text
    assert "no connector `mbx` is installed; did you mean `mbox`?" in text
    assert "`key` is missing" in text
    assert "no mapping rule `woocommerce_customer`; did you mean `woocommerce_customers`?" in text


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("connector: files\n\tchannel: webshop\n", 2, "a tab indents this line"),
        ("connector: files\nconnector: mbox\n", 2, "connector: stands here twice; first in line 1"),
        ("connector: [files\n", 2, "is not YAML"),
        ("settings: {a: {each: b, value: c[0].d}}\n", 1, "quote a value that holds a bracket"),
        ("connector: files\n---\nconnector: mbox\n", 2, "second document"),
        ("- connector\n", 1, "expected `connector: …`"),
        ("connector: 7\n", 1, "connector: expected text, found a whole number"),
        ("connector: !!python/object:os.system x\n", 1, "can't stand here"),
        ("a: &a\n  b: *a\n", 1, "deeper than 50 levels"),
        ("connector: \x01\n", 1, "a character that YAML forbids"),
    ],
)
def test_a_file_of_the_wrong_form_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    found = mistakes(a_home(tmp_path / "h", shop=text))
    assert any(one.startswith(f"connections/shop.yaml:{line}: ") and words in one for one in found)


def test_a_file_that_is_no_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    folder = a_home(tmp_path / "h")
    (folder / "connections" / "shop.yaml").write_bytes(b"connector: files\n# M\xfcller\n")
    assert mistakes(folder) == [
        "connections/shop.yaml:2: file: is not UTF-8 text; save it as UTF-8"
    ]


def test_a_billion_laughs_are_cut_short(tmp_path: Path) -> None:
    text = "a: &a [1,2,3,4,5,6,7,8,9]\n"
    for name, before in zip("bcdefgh", "abcdefg", strict=True):
        text += f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    assert any("aliases" in one for one in mistakes(a_home(tmp_path / "h", shop=text)))


def test_norway_and_times_are_text(tmp_path: Path) -> None:
    home = load_home(a_home(tmp_path / "h", home="defaults: {region: NO, time_zone: Etc/GMT+1}"))
    assert home.defaults.region == "NO"


def test_two_files_for_one_connection_are_a_mistake(tmp_path: Path) -> None:
    folder = a_home(tmp_path / "h", shop=FILES)
    (folder / "connections" / "shop.yml").write_text(FILES, "utf-8")
    assert mistakes(folder) == [
        "connections/shop.yml:1: file: a second connection of this name; "
        "the first is connections/shop.yaml"
    ]


def test_two_rule_files_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    folder = a_home(tmp_path / "h", shop=FILES)
    for file in ("people.yaml", "shop/people.yml", "shop/identity.yaml"):
        (folder / "mapping_rules" / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / "mapping_rules" / file).write_text("", "utf-8")
    assert mistakes(folder) == [
        "mapping_rules/shop/people.yml:1: file: a second mapping rule of this name; "
        "the first is mapping_rules/people.yaml"
    ]


def test_the_files_name_must_be_a_name(tmp_path: Path) -> None:
    found = mistakes(a_home(tmp_path / "h", **{"My Shop": FILES}))
    assert len(found) == 1
    assert "small letters" in found[0]


def test_settings_are_checked_by_the_connectors_own_schema(tmp_path: Path) -> None:
    text = FILES.replace("{url: ../shop}", "{ur: ../shop}")
    assert mistakes(a_home(tmp_path / "h", shop=text)) == [
        "connections/shop.yaml:3: settings.ur: not known here; did you mean `url`?"
    ]


def test_stream_options_are_checked_by_the_connectors_own_schema(tmp_path: Path) -> None:
    text = FILES.replace("key: id", "key: id, formt: csv")
    assert mistakes(a_home(tmp_path / "h", shop=text)) == [
        "connections/shop.yaml:5: streams.customers.formt: not known here; did you mean `format`?"
    ]


def test_a_stream_that_the_connector_does_not_have_is_a_mistake(tmp_path: Path) -> None:
    text = "connector: mbox\nsettings: {path: mail}\nstreams: {mesages: {}}\n"
    found = mistakes(a_home(tmp_path / "h", mail=text))
    assert found == [
        "connections/mail.yaml:3: streams.mesages: not known here; did you mean `messages`?"
    ]


def test_a_missing_secret_is_reported_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_URL_FOR_TESTS", raising=False)
    text = FILES.replace("../shop", "${env:SHOP_URL_FOR_TESTS}/${file:nowhere}/${vault:x}")
    text = text.replace("{url: ", '{url: "').replace("}\nstreams", '"}\nstreams')
    found = mistakes(a_home(tmp_path / "h", shop=text))
    assert [one.partition("settings.url: ")[2] for one in found] == [
        "the environment variable `SHOP_URL_FOR_TESTS` is not set",
        "the file `nowhere` can't be read",
        "`vault` is no kind of secret; there are `${env:NAME}` and `${file:PATH}`",
    ]


@pytest.mark.parametrize("slip", ["${ENV:HOME}", "${HOME}", "x${env:HOME", "${env}"])
def test_a_slip_in_a_reference_is_not_taken_for_the_secret(tmp_path: Path, slip: str) -> None:
    (found,) = mistakes(a_home(tmp_path / "h", shop=FILES.replace("../shop", f"'{slip}'")))
    assert "settings.url: `${` begins a secret's name; there are `${env:NAME}`" in found


def test_a_command_that_opens_no_connection_needs_no_secrets(tmp_path: Path) -> None:
    text = FILES.replace("../shop", "'${env:SHOP_URL_FOR_TESTS}'")
    home = load_home(a_home(tmp_path / "h", shop=text), secrets_needed=False)
    assert home.connections["shop"].settings["url"] == "${env:SHOP_URL_FOR_TESTS}"


def test_a_switched_off_connection_needs_no_secrets(tmp_path: Path) -> None:
    text = FILES.replace("../shop", "'${env:SHOP_URL_FOR_TESTS}'") + "enabled: false\n"
    assert not load_home(a_home(tmp_path / "h", shop=text)).connections["shop"].enabled


def test_secrets_stand_in_settings_only(tmp_path: Path) -> None:
    found = mistakes(a_home(tmp_path / "h", shop=FILES + "region: '${env:HOME}'\n"))
    assert any("a `${…}` reference can stand in `settings` only" in one for one in found)


def test_secrets_are_never_in_a_repr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_URL_FOR_TESTS", "postgresql://u:hunter2@db/x")
    shop = FILES.replace("../shop", "s3://key:hunter2@bucket")
    home = load_home(
        a_home(tmp_path / "h", home="store: {url: '${env:STORE_URL_FOR_TESTS}'}", shop=shop)
    )
    assert home.store_url == "postgresql://u:hunter2@db/x"
    assert "hunter2" not in repr(home)


def test_a_mistake_never_quotes_a_setting(tmp_path: Path) -> None:
    text = "connector: imap\nsettings: {host: mail.example, pasword: hunter2, port: hunter2}\n"
    found = "\n".join(mistakes(a_home(tmp_path / "h", mail=text)))
    assert "settings.pasword" in found
    assert "hunter2" not in found


def test_only_reads_the_named_connections_files(tmp_path: Path) -> None:
    folder = a_home(tmp_path / "h", shop=FILES, broken="connector: [\n")
    assert list(load_home(folder, only=["shop"]).connections) == ["shop"]
    with pytest.raises(UnknownNameError, match="no connection `shp`; did you mean `shop`"):
        load_home(folder, only=["shp"])


def test_an_unknown_connection_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    home = load_home(a_home(tmp_path / "h", shop=FILES))
    assert home.connection("shop").connector == "files"
    with pytest.raises(UnknownNameError, match="no connection `shp`; did you mean `shop`"):
        home.connection("shp")


def test_a_stream_is_read_by_the_rule_that_the_connections_file_names(tmp_path: Path) -> None:
    own = "connector: mbox\nsettings: {path: ../mail}\nstreams: {messages: {rule: erp_partners}}\n"
    plain = "connector: mbox\nsettings: {path: ../mail}\n"
    home = load_home(a_home(tmp_path / "h", own=own, plain=plain))
    for name, rule in (("own", "erp_partners"), ("plain", "mbox_messages")):
        (stream,) = streams_of(open_connector(home, name), home.connection(name))
        assert (stream.name, stream.rule) == ("messages", rule)


def test_secrets_are_filled_in_when_the_connector_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a.csv").write_text("id,name\n1,Ada\n", "utf-8")
    monkeypatch.setenv("SHOP_FOR_TESTS", "shop")
    text = FILES.replace("../shop", "'../${env:SHOP_FOR_TESTS}'")
    home = load_home(a_home(tmp_path / "h", shop=text))
    connector = open_connector(home, "shop")
    (page,) = connector.read("customers", None)
    assert page.records.to_pylist() == ['{"id":"1","name":"Ada"}']


def test_another_resolver_of_secrets_can_be_plugged_in(tmp_path: Path) -> None:
    class Vault:
        def resolve(self, kind: str, name: str, folder: Path) -> str | None:
            return str(folder.parent / "shop") if (kind, name) == ("vault", "shop") else None

    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a.csv").write_text("id\n1\n", "utf-8")
    text = FILES.replace("../shop", "'${vault:shop}'")
    home = load_home(a_home(tmp_path / "h", shop=text), secrets=Vault())
    (page,) = open_connector(home, "shop").read("customers", None)
    assert len(page.records) == 1


def test_a_folder_without_a_home_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"throughline init"):
        load_home(tmp_path)
    with pytest.raises(ConfigurationError, match=r"throughline init"):
        find_home(tmp_path)


def test_the_home_is_found_from_a_folder_below_it(tmp_path: Path) -> None:
    folder = a_home(tmp_path / "h")
    assert find_home(folder / "connections") == folder


def test_a_new_home_is_well_and_is_not_written_over(tmp_path: Path) -> None:
    make_home(tmp_path / "h")
    load_home(tmp_path / "h")
    with pytest.raises(ConfigurationError, match="already holds a home"):
        make_home(tmp_path / "h")


def test_our_own_addresses_and_numbers_match_as_patterns() -> None:
    ours = organisation_from(
        {
            "domains": ["Acme.example"],
            "mailing_lists": ["Team@Lists.example"],
            "no_reply": ["no-reply@"],
            "extensions": ["2XX", "_9Z."],
            "numbers": ["+49 30 1234XX"],
            "staff": [{"name": "Ada", "email": "Ada@Home.example", "extension": "301"}],
        }
    )
    address, extension = re.compile(ours.address_pattern()), re.compile(ours.extension_pattern())
    number = re.compile(ours.number_pattern())
    assert ours.addresses == ("ada@home.example", "team@lists.example")
    assert address.match("anyone@mail.acme.example")
    assert address.match("no-reply@shop.example")
    assert not address.match("anyone@notacme.example")
    assert not address.match("anyone@acme.example.org")
    assert extension.match("299")
    assert extension.match("9155")
    assert extension.match("301")
    assert not extension.match("2991")
    assert number.match("+4930123456")
    assert not number.match("+49301234567")


def test_nobody_is_ours_by_default() -> None:
    ours = Organisation()
    patterns = (ours.address_pattern(), ours.no_reply_pattern())
    for pattern in (*patterns, ours.extension_pattern(), ours.number_pattern()):
        assert not re.search(pattern, "")
        assert not re.search(pattern, "a@b.example")
