"""Mailboxes opened by an access token in place of a password, on a real Dovecot that checks it."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import pytest

from tests.fix_dovecot import Mailbox
from tests.fix_homes import a_home, run
from tests.test_email_imap import a_connection, a_message, keys
from tests.test_sync_rounds import rounds
from throughline.errors import AccessError

CONNECTION = """\
connector: imap
channel: email
settings:
  host: localhost
  port: {port}
  ca_file: {ca_file}
  user: {user}
  access_token: ${{file:token}}
"""


def a_mail_home(mailbox: Mailbox, folder: Path, store_url: str) -> Path:
    ca_file = mailbox.server.certificate
    text = CONNECTION.format(port=mailbox.tls_port, ca_file=ca_file, user=mailbox.user)
    return a_home(folder / "home", store_url, mail=text)


def test_a_good_token_opens_the_mailbox(dovecot: Mailbox, tmp_path: Path) -> None:
    dovecot.append(a_message(1))
    token = dovecot.access_token(seconds=60)
    connector = a_connection(dovecot, tmp_path, password=None, access_token=token)
    assert all(finding.ok for finding in connector.check())
    assert keys(list(connector.read("messages", None))) == ["1@example.com"]
    assert token not in repr(connector) + repr(connector.mailbox)


@pytest.mark.parametrize("slip", ["expired", "of another user", "made up"])
def test_a_token_that_is_refused_asks_for_a_fresh_one(
    dovecot: Mailbox, tmp_path: Path, slip: str
) -> None:
    token = {
        "expired": dovecot.access_token(seconds=-60),
        "of another user": Mailbox(server=dovecot.server, user="eve").access_token(seconds=60),
        "made up": "ya29.a0AfH6SMBx",
    }[slip]
    connector = a_connection(dovecot, tmp_path, password=None, access_token=token)
    with pytest.raises(AccessError, match="put a fresh token where `access_token`") as caught:
        list(connector.read("messages", None))
    told = "".join(traceback.format_exception(caught.value))
    assert token not in told
    assert dovecot.user not in str(caught.value)
    [finding] = connector.check()
    assert (finding.subject, finding.ok, finding.exit_code) == ("authorised", False, 77)


def test_each_round_reads_the_token_anew(
    dovecot: Mailbox, tmp_path: Path, postgres_url: str
) -> None:
    dovecot.append(a_message(1))
    home = a_mail_home(dovecot, tmp_path, postgres_url)
    expired = dovecot.access_token(seconds=-60)
    (home / "token").write_text(expired + "\n")
    checked = run("check", "--json", home=home)
    assert checked.returncode == 77
    with rounds(home) as running:
        failed = running.logged_when(lambda line: line["event"] == "failed")
        assert "fresh token" in json.dumps(failed)
        fresh = home / "token.new"
        fresh.write_text(dovecot.access_token(seconds=60) + "\n")
        fresh.replace(home / "token")
        assert running.logged_when(lambda line: line.get("records") == 1)["failed"] == []
    assert expired not in checked.stdout + checked.stderr + json.dumps(failed)
