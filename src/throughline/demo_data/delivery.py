"""One delivery: the four systems' files side by side, with their truth."""

from __future__ import annotations

from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any

import orjson

from throughline.demo_data import erp, mail
from throughline.demo_data.files import MAIL_FILE, ROW_FILE, Numbered
from throughline.demo_data.telephony import Call
from throughline.demo_data.trail import Key, Trail

_BOM = b"\xef\xbb\xbf"


class Delivery:
    """Open files of one delivery; `mark` ("" or "d") goes before the number in each file name."""

    def __init__(self, folder: Path, mark: str = "") -> None:
        shop, books = folder / "webshop", folder / "erp"
        self._messages = Numbered(folder / "mail", f"inbox-{mark}", ".mbox", MAIL_FILE)
        self._calls = Numbered(folder / "telephony", f"Master-{mark}", ".csv", ROW_FILE)
        self._customers = Numbered(shop, f"customers-{mark}", ".jsonl", ROW_FILE)
        self._orders = Numbered(shop, f"orders-{mark}", ".jsonl", ROW_FILE)
        self._partners = Numbered(
            books, f"partners-{mark}", ".csv", ROW_FILE, _BOM + f"{erp.PARTNER_HEADER}\n".encode()
        )
        self._invoices = Numbered(
            books, f"invoices-{mark}", ".csv", ROW_FILE, _BOM + f"{erp.INVOICE_HEADER}\n".encode()
        )
        folder.mkdir(parents=True, exist_ok=True)
        self._truth = (folder / "truth.csv").open("w", encoding="utf-8", buffering=1 << 20)
        self._truth.write("connection,stream,source_id,person\n")

    def __enter__(self) -> Delivery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files().values():
            file.close()
        self._truth.close()

    def _files(self) -> dict[str, Numbered]:
        return {
            "messages": self._messages,
            "call legs": self._calls,
            "customers": self._customers,
            "orders": self._orders,
            "partners": self._partners,
            "invoices": self._invoices,
        }

    def counts(self) -> dict[str, int]:
        return {name: file.records for name, file in self._files().items()}

    def account(self, record: dict[str, Any]) -> None:
        self._customers.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))

    def order(self, record: dict[str, Any]) -> None:
        self._orders.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))

    def partner(self, row: erp.Partner) -> None:
        self._partners.write(f"{row.line()}\n".encode())

    def invoice(self, row: erp.Invoice) -> None:
        self._invoices.write(f"{row.line()}\n".encode())

    def call(self, call: Call) -> None:
        for row in call.rows:
            self.leg(row)

    def leg(self, row: str) -> None:
        self._calls.write(row.encode())

    def letter(self, letter: mail.Letter, rng: Random) -> None:
        self._messages.write(mail.raw(letter, rng))

    def trail(self, trail: Trail, rng: Random) -> None:
        for account in trail.accounts:
            self.account(account)
        for order in trail.orders:
            self.order(order)
        for partner in trail.partners:
            self.partner(partner)
        for invoice in trail.invoices:
            self.invoice(invoice)
        for call in trail.calls:
            self.call(call)
        for letter in trail.letters:
            self.letter(letter, rng)

    def truth(self, key: Key, person: str) -> None:
        connection, stream, source_id = key
        self._truth.write(f"{connection},{stream},{source_id},{person}\n")
