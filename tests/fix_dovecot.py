"""A real IMAP server for tests: Dovecot, with a new user for each test, by password or token."""

from __future__ import annotations

import base64
import getpass
import grp
import hmac
import imaplib
import itertools
import json
import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import pytest

from tests.fix_processes import Place, a_place, free_port, listens, stop, wait_until

DOVECOT = Path("/usr/sbin/dovecot")
SERVERS = Path(__file__).parent / "servers"
PASSWORD = "correct-horse-battery-staple"
SIGNING_KEY = b"the key that signs access tokens"
_users = itertools.count(1)

OAUTH2 = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = sub
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DovecotServer:
    """A running Dovecot; every user name is let in with the one password."""

    place: Place
    port: int
    tls_port: int

    @property
    def certificate(self) -> Path:
        """Return the file to trust for TLS to 127.0.0.1 and localhost."""
        return self.place.folder / "certificate.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One user's account on a running Dovecot."""

    server: DovecotServer
    user: str
    password: str = field(default=PASSWORD, repr=False)
    host: str = "127.0.0.1"

    @property
    def port(self) -> int:
        """Return the port for IMAP with STARTTLS, or in the clear."""
        return self.server.port

    @property
    def tls_port(self) -> int:
        """Return the port for IMAP over TLS."""
        return self.server.tls_port

    def access_token(self, *, seconds: int = 3600) -> str:
        """Return an access token (JWT, RFC 7519) of the user that is good for so long."""
        expires = int(time.time()) + seconds
        claims = {"sub": self.user, "iat": expires - 3600, "exp": expires}
        head = {"typ": "JWT", "alg": "HS256"}
        signed = b".".join(_base64url(json.dumps(one).encode()) for one in (head, claims))
        seal = hmac.digest(SIGNING_KEY, signed, "sha256")
        return (signed + b"." + _base64url(seal)).decode()

    def log_in(self) -> imaplib.IMAP4_SSL:
        """Return a logged-in IMAP session, over TLS."""
        context = ssl.create_default_context(cafile=str(self.server.certificate))
        session = imaplib.IMAP4_SSL(self.host, self.tls_port, ssl_context=context)
        session.login(self.user, self.password)
        return session

    def append(self, *messages: bytes, folder: str = "INBOX", flags: str = "") -> None:
        """Deliver messages into a folder, which is made if it does not exist."""
        with self.log_in() as session:
            if folder != "INBOX":
                session.create(f'"{folder}"')
            for message in messages:
                answer, _ = session.append(f'"{folder}"', flags, "", message)
                assert answer == "OK"

    def delete(self, *uids: int, folder: str = "INBOX") -> None:
        """Delete messages for good, as a mail program does."""
        with self.log_in() as session:
            session.select(f'"{folder}"')
            session.uid("STORE", ",".join(map(str, uids)), "+FLAGS", r"(\Deleted)")
            session.expunge()

    def uid_validity(self, folder: str = "INBOX") -> int:
        """Return the folder's UIDVALIDITY."""
        with self.log_in() as session:
            _, data = session.status(f'"{folder}"', "(UIDVALIDITY)")
            return int(data[0].split()[-1].rstrip(b")"))

    def change_uid_validity(self, folder: str = "INBOX") -> None:
        """Give the folder another UIDVALIDITY: what UIDs meant before is void."""
        configuration = self.server.place.folder / "dovecot.conf"
        wanted = str(self.uid_validity(folder) + 1)
        update = ["mailbox", "update", "-u", self.user, "--uid-validity", wanted, folder]
        subprocess.run(["doveadm", "-c", configuration, *update], check=True)


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def make_certificate(folder: Path) -> None:
    """Write a self-signed certificate for localhost and its key."""
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", "key.pem", "-out", "certificate.pem"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*command, *names, *files], cwd=folder, check=True, capture_output=True)


def write_token_keys(folder: Path) -> None:
    """Tell Dovecot by which key it knows a good access token."""
    key = folder / "keys" / "default" / "HS256" / "default"
    key.parent.mkdir(parents=True)
    key.write_bytes(base64.b64encode(SIGNING_KEY))
    (folder / "oauth2.conf").write_text(OAUTH2.format(folder=folder))


def configuration_template() -> Template:
    """Return the configuration in the syntax of the installed Dovecot: 2.4 changed it."""
    said = subprocess.run([DOVECOT, "--version"], check=True, capture_output=True, text=True)
    series = "2.3" if said.stdout.startswith("2.3.") else "2.4"
    return Template((SERVERS / f"dovecot-{series}.conf").read_text())


def write_configuration(place: Place, *, port: int, tls_port: int) -> Path:
    """Write Dovecot's configuration: its own system users if we are root, else only ourselves."""
    root = os.geteuid() == 0
    names = {
        "internal_user": "dovecot" if root else getpass.getuser(),
        "internal_group": "dovecot" if root else grp.getgrgid(os.getegid()).gr_name,
        "login_user": "dovenull" if root else getpass.getuser(),
        "chroot": "" if root else "chroot =",
    }
    file = place.folder / "dovecot.conf"
    file.write_text(
        configuration_template().substitute(
            folder=place.folder, port=port, tls_port=tls_port, password=PASSWORD, **names
        )
    )
    return file


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[DovecotServer]:
    """Yield a running Dovecot, one a test process."""
    if not DOVECOT.exists():
        pytest.skip("Dovecot is not installed: see deploy/dev/install-servers.sh")
    with a_place("dovecot") as place:
        place.folder.chmod(0o755)
        mail = place.folder / "mail"
        mail.mkdir(mode=0o777)
        mail.chmod(0o777)
        make_certificate(place.folder)
        write_token_keys(place.folder)
        port, tls_port = free_port(), free_port()
        configuration = write_configuration(place, port=port, tls_port=tls_port)
        process = place.start([DOVECOT, "-F", "-c", configuration])
        try:
            wait_until(lambda: listens(port) and listens(tls_port), process, place.log)
            yield DovecotServer(place=place, port=port, tls_port=tls_port)
        finally:
            stop(process)


@pytest.fixture
def dovecot(dovecot_server: DovecotServer) -> Mailbox:
    """Return the empty account of a new user."""
    return Mailbox(server=dovecot_server, user=f"user{next(_users)}")
