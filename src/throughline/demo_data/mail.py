"""Messages as mail clients write them: headers, charsets, quotations, alternatives, attachments."""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import b2a_qp
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from random import Random

from throughline.demo_data.clock import asctime, berlin, iso, rfc5322
from throughline.demo_data.phrases import Phrases

_FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+\Z")
_PDF = b64encode(
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
).decode()
_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A mail client's habits."""

    name: str
    header: str
    message_id: str
    charset: str
    html: float
    block_quote: bool


STAFF_CLIENT = Client(
    name="thunderbird",
    header="User-Agent: Mozilla Thunderbird\n",
    message_id="{a}-{b}@{domain}",
    charset="utf-8",
    html=0.1,
    block_quote=False,
)
CLIENTS = (
    STAFF_CLIENT,
    Client(
        name="gmail",
        header="",
        message_id="CA{b}{a}@mail.gmail.com",
        charset="utf-8",
        html=0.9,
        block_quote=False,
    ),
    Client(
        name="outlook",
        header="X-Mailer: Microsoft Outlook 16.0\n",
        message_id="DB7PR04MB{a}{b}@DB7PR04MB{c}.eurprd04.prod.outlook.com",
        charset="iso-8859-1",
        html=0.8,
        block_quote=True,
    ),
    Client(
        name="apple",
        header="X-Mailer: Apple Mail (2.3774)\n",
        message_id="{a}-{b}@{domain}",
        charset="utf-8",
        html=0.4,
        block_quote=False,
    ),
    Client(
        name="webmail",
        header="X-Mailer: Webmail\n",
        message_id="trinity-{a}-{b}@3c-app-{domain}",
        charset="windows-1252",
        html=0.3,
        block_quote=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A mailbox with its display name."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be sent: the new text, and the letter that it answers."""

    sender: Address
    recipient: Address
    subject: str
    text: str
    sent: int
    message_id: str
    answers: Letter | None
    client: Client
    phrases: Phrases
    list_id: str = ""

    @property
    def dated(self) -> bool:
        """One in 500 programs forgets the Date."""
        return self.sent % 500 != 0

    @property
    def key(self) -> str:
        """The source id that docs/email.md promises: Message-ID and origin."""
        sent = f"{iso(self.sent)}Z" if self.dated else ""
        origin = sha256(f"{sent} {self.sender.address.lower()}".encode()).hexdigest()
        return f"{self.message_id}/{origin[:12]}"


def message_id(client: Client, rng: Random, number: int, domain: str) -> str:
    """Unique by the running number, dressed as the client dresses it."""
    return client.message_id.format(
        a=f"{number:08x}", b=f"{rng.getrandbits(40):010x}", c=number % 9973, domain=domain
    )


def _encoded_word(text: str, charset: str, rng: Random) -> str:
    data = text.encode(charset, "replace")
    if rng.random() < 0.5 or charset.startswith("gb"):
        return f"=?{charset}?B?{b64encode(data).decode()}?="
    quoted = "".join(
        chr(byte) if chr(byte).isalnum() and byte < 128 else "_" if byte == 32 else f"={byte:02X}"
        for byte in data
    )
    return f"=?{charset}?Q?{quoted}?="


def _display(address: Address, charset: str, rng: Random) -> str:
    name = address.name
    if not name:
        return address.address if rng.random() < 0.5 else f"<{address.address}>"
    if not name.isascii():
        return f"{_encoded_word(name, charset, rng)} <{address.address}>"
    if not _PLAIN_NAME.match(name):
        name = '"' + name.replace('"', "'") + '"'
    return f"{name} <{address.address}>"


def quotation(letter: Letter, phrases: Phrases, block: bool) -> str:
    """The answered letter as the answering client quotes it."""
    day, time = berlin(letter.sent)[:16].split(" ")
    name = letter.sender.name or letter.sender.address
    if block:
        mark, sender, sent, to, subject = phrases.original
        return (
            f"{mark}\n{sender}: {name} <{letter.sender.address}>\n{sent}: {day} {time}\n"
            f"{to}: {letter.recipient.address}\n{subject}: {letter.subject}\n\n{letter.text}\n"
        )
    wrote = phrases.wrote.format(d=day, t=time, name=name, address=letter.sender.address)
    return wrote + "\n" + "".join(f"> {line}\n" for line in letter.text.splitlines())


def _content(text: str, subtype: str, charset: str, label: str, rng: Random) -> tuple[str, bytes]:
    """Content headers and the encoded body."""
    data = text.encode(charset, "replace")
    kind = f'Content-Type: text/{subtype}; charset="{label}"\n'
    if charset.startswith("gb"):
        lines = b64encode(data).decode()
        body = "\n".join(lines[at : at + 76] for at in range(0, len(lines), 76)) + "\n"
        return f"{kind}Content-Transfer-Encoding: base64\n", body.encode()
    if text.isascii():
        return f"{kind}Content-Transfer-Encoding: 7bit\n", data
    if rng.random() < 0.5:
        return f"{kind}Content-Transfer-Encoding: quoted-printable\n", b2a_qp(data)
    return f"{kind}Content-Transfer-Encoding: 8bit\n", data


def _charset(letter: Letter, text: str, rng: Random) -> tuple[str, str]:
    """The charset the body is written in, and the one its header names."""
    charset = letter.client.charset
    if letter.phrases.reply.startswith("回") and rng.random() < 0.45:
        return "gb18030", rng.choice(("gb18030", "gb2312", "GBK"))
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        charset = "utf-8"
    drawn = rng.random()
    if charset == "iso-8859-1" or drawn < 0.01:
        latin = "windows-1252" if drawn < 0.08 else charset
        return latin, "iso-8859-1" if latin == "windows-1252" else charset
    return charset, "us-ascii" if drawn > 0.99 else charset


def raw(letter: Letter, rng: Random) -> bytes:
    """The message with its mbox separator line, quoted as mboxrd asks."""
    text = letter.text
    if letter.answers:
        text += "\n" + quotation(letter.answers, letter.phrases, letter.client.block_quote)
    charset, label = _charset(letter, text, rng)
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        charset = label = "utf-8"
    head, body = _content(text, "plain", charset, label, rng)
    boundary = f"----=_Part_{letter.sent:x}{rng.getrandbits(24):06x}"
    if rng.random() < letter.client.html:
        page = "<html><body><p>" + escape(text).replace("\n", "<br>\n") + "</p></body></html>\n"
        head2, body2 = _content(page, "html", charset, label, rng)
        body = b"".join(
            (f"--{boundary}\n{head}\n".encode(), body, f"\n--{boundary}\n{head2}\n".encode(), body2,
             f"\n--{boundary}--\n".encode())
        )  # fmt: skip
        head = f'Content-Type: multipart/alternative; boundary="{boundary}"\n'
    if rng.random() < 0.05:
        head, body = _attached(head, body, boundary + "m", rng)
    return _with_headers(letter, head, body, charset, rng)


def _attached(head: str, body: bytes, boundary: str, rng: Random) -> tuple[str, bytes]:
    name, kind, data = rng.choice(
        (("Rechnung.pdf", "application/pdf", _PDF), ("photo.png", "image/png", _PNG))
    )
    part = (
        f'Content-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{data}\n"
    )
    mixed = b"".join(
        (
            f"--{boundary}\n{head}\n".encode(),
            body,
            f"\n--{boundary}\n{part}--{boundary}--\n".encode(),
        )
    )
    return f'Content-Type: multipart/mixed; boundary="{boundary}"\n', mixed


def _with_headers(letter: Letter, head: str, body: bytes, charset: str, rng: Random) -> bytes:
    sender = _display(letter.sender, charset, rng)
    broken = rng.random()
    if broken < 0.004 and "?=" in sender:
        sender = sender.replace("?=", "", 1)
    elif broken < 0.008 and letter.sender.name:
        sender = f"{letter.sender.name} <{letter.sender.address}>"
    subject = letter.subject
    if not subject.isascii():
        subject = _encoded_word(subject, charset, rng)
    lines = [
        f"From: {sender}\nTo: {_display(letter.recipient, charset, rng)}\nSubject: {subject}\n",
        f"Date: {rfc5322(letter.sent)}\n" if letter.dated else "",
        f"Message-ID: <{letter.message_id}>\n",
    ]
    if letter.answers:
        chain, before = [], letter.answers
        while before:
            chain.append(f"<{before.message_id}>")
            before = before.answers  # type: ignore[assignment]  # ends with None
        lines.append(f"In-Reply-To: {chain[0]}\nReferences: {' '.join(reversed(chain))}\n")
    if letter.list_id:
        lines.append(f"List-Id: <{letter.list_id}>\nPrecedence: bulk\n")
    lines.append(f"{letter.client.header}MIME-Version: 1.0\n{head}\n")
    data = "".join(lines).encode() + body
    if not data.endswith(b"\n"):
        data += b"\n"
    separator = f"From {letter.sender.address} {asctime(letter.sent)}\n".encode()
    return separator + _FROM_LINE.sub(rb">\1", data) + b"\n"
