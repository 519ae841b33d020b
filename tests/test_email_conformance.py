"""The e-mail connectors keep what the engine relies on; their manifests say what they need."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest

import throughline_email
from tests.fix_dovecot import Mailbox
from throughline.testing.conformance import assert_conforms
from throughline.testing.contexts import context, manifest_mistakes
from throughline_email import imap, maildir, mbox

MANIFESTS = Path(throughline_email.__file__).parent


def a_message(number: int) -> bytes:
    return (
        f"From: Anna <anna{number}@example.com>\nTo: sales@us.example\nSubject: {number}\n"
        f"Date: Mon, 1 Jan 2024 10:00:00 +0000\nMessage-ID: <{number}@example.com>\n\nHello\n"
    ).encode()


def test_mbox_keeps_what_the_engine_relies_on(tmp_path: Path) -> None:
    for name in ("a", "b"):
        file = tmp_path / f"{name}.mbox"
        for number in range(3):
            separator = b"From anna@example.com Mon Jan  1 10:00:00 2024\n"
            with file.open("ab") as opened:
                opened.write(separator + a_message(ord(name) + number * 10) + b"\n")
    assert_conforms(lambda: mbox.open_connection(context(tmp_path, {"path": "."})))


def test_maildir_keeps_what_the_engine_relies_on(tmp_path: Path) -> None:
    made = mailbox.Maildir(str(tmp_path / "Maildir"))
    sent = made.add_folder("Sent")
    for number in range(3):
        made.add(a_message(number))
        sent.add(a_message(number + 10))
    assert_conforms(lambda: maildir.open_connection(context(tmp_path, {"path": "Maildir"})))


def test_imap_keeps_what_the_engine_relies_on(dovecot: Mailbox, tmp_path: Path) -> None:
    dovecot.append(*(a_message(number) for number in range(5)))
    dovecot.append(*(a_message(number) for number in range(10, 13)), folder="Sent")
    settings = {
        "host": "localhost",
        "port": dovecot.tls_port,
        "ca_file": str(dovecot.server.certificate),
        "user": dovecot.user,
        "password": dovecot.password,
        "page_size": 2,
    }
    assert manifest_mistakes(MANIFESTS / "imap" / "manifest.yaml", settings) == []
    assert_conforms(
        lambda: imap.open_connection(context(tmp_path, settings)), secrets=[dovecot.password]
    )


@pytest.mark.parametrize("name", ["mbox", "maildir"])
def test_manifests_describe_their_settings(name: str) -> None:
    assert manifest_mistakes(MANIFESTS / name / "manifest.yaml", {"path": "mail"}) == []


def test_imap_wants_one_secret_and_no_more() -> None:
    manifest = MANIFESTS / "imap" / "manifest.yaml"
    place = {"host": "imap.example.com", "user": "sales"}
    assert manifest_mistakes(manifest, place | {"password": "x"}) == []
    assert manifest_mistakes(manifest, place | {"access_token": "x"}) == []
    assert manifest_mistakes(manifest, place) != []
    assert manifest_mistakes(manifest, place | {"password": "x", "access_token": "y"}) != []
