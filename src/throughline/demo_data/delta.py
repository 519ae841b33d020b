"""The second delivery: changes, additions and deletions some days after the first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from throughline.demo_data import webshop
from throughline.demo_data.chance import DELTA, generator
from throughline.demo_data.clock import DELTA_END, END, share_of
from throughline.demo_data.delivery import Delivery
from throughline.demo_data.neighbours import BLOCK, blocks
from throughline.demo_data.pen import Pen
from throughline.demo_data.people import Block, Person
from throughline.demo_data.rates import Rates
from throughline.demo_data.story import add_account, add_order, tell_block
from throughline.demo_data.talk import add_call, add_conversation, answer_late
from throughline.demo_data.telephony import late_leg
from throughline.demo_data.trail import Key, Numbers, Trail, keys
from throughline.demo_data.writing import ERP, SHOP, Written, write_person

_NEW = 0.2  # of the people of a delta, these are new; the rest are old ones with something new


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaPlan:
    """How many of the base's people change, and how many people are new."""

    base: int
    changed: int
    new: int

    @classmethod
    def of(cls, people: int, share: float | None, count: int | None) -> DeltaPlan | None:
        if share is None and count is None:
            return None
        wanted = count if count is not None else round(people * (share or 0.0))
        new = min(wanted, max(int(wanted * _NEW), wanted - people))
        return cls(base=people, changed=wanted - new, new=new)

    def changes(self, index: int) -> bool:
        """Whether the person changes: spread evenly, exactly `changed` of them."""
        return index * self.changed // self.base != (index + 1) * self.changed // self.base


def write_changes(
    block: Block, trails: list[Trail], plan: DeltaPlan, late: Delivery, seed: int,
    numbers: Numbers, rates: Rates,
) -> None:  # fmt: skip
    """The block's changes, and the truth of all its records after them."""
    pen = _pen(seed, block.index, numbers, rates)
    for trail in trails:
        gone: set[Key] = set()
        person = trail.entity
        known = keys(trail)
        added: list[Key] = []
        if isinstance(person, Person) and plan.changes(person.index):
            gone, added = _Change(trail=trail, person=person, pen=pen, late=late).write()
        for key in known + added:
            if key not in gone:
                late.truth(key, person.key)


def new_people(plan: DeltaPlan, late: Delivery, seed: int, numbers: Numbers, rates: Rates) -> None:
    first = (plan.base + BLOCK - 1) // BLOCK * BLOCK
    for block in blocks(seed, first, plan.new, rates):
        pen = _pen(seed, block.index, numbers, rates)
        for trail in tell_block(block, pen):
            late.trail(trail, pen.rng)
            for key in keys(trail):
                late.truth(key, trail.entity.key)


def _pen(seed: int, block: int, numbers: Numbers, rates: Rates) -> Pen:
    rng = generator(seed, DELTA, block)
    return Pen(
        rng=rng, numbers=numbers, rates=rates, since=1.0001, until=share_of(DELTA_END - 86_400)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What happens to one person: something new at least, often a change, at times a deletion."""

    trail: Trail
    person: Person
    pen: Pen
    late: Delivery

    def write(self) -> tuple[set[Key], list[Key]]:
        """Write it; gives the keys that are gone and those that are new."""
        pen, trail = self.pen, self.trail
        gone: set[Key] = set()
        if trail.accounts and pen.chance(0.6):
            gone |= self._account()
        if trail.orders and pen.chance(0.5):
            gone |= self._order()
        if trail.partners and pen.chance(0.5):
            gone |= self._partner()
        if trail.invoices and pen.chance(0.4):
            self._invoice()
        old_calls = [call for call in trail.calls if not call.outbound]
        if old_calls and pen.chance(0.25):
            channel = pen.numbers.take("channel", 8)
            self.late.leg(late_leg(pen.rng, old_calls[-1], channel))
        return gone, self._additions()

    def _now(self) -> int:
        return END + int(self.pen.rng.random() * (DELTA_END - END - 86_400))

    def _fresh(self, manner_is_shop: bool) -> Written:
        manner = SHOP if manner_is_shop else ERP
        return write_person(self.person, 1.0, manner, self.pen.rng, self.pen.rates)

    def _account(self) -> set[Key]:
        account = self.pen.rng.choice(self.trail.accounts)
        if self.pen.chance(0.12):
            self.late.account(webshop.deleted(account["id"]))
            return {("webshop", "customers", str(account["id"]))}
        record = webshop.modified(account, self._now())
        fresh = self._fresh(True)
        billing = dict(record["billing"])
        kind = self.pen.rng.random()
        if kind < 0.45:
            place = webshop.address(fresh, self.person.country)
            billing |= {name: place[name] for name in ("address_1", "postcode", "city")}
        elif kind < 0.75:
            billing["phone"] = fresh.phone
        elif kind < 0.9:
            record |= {"first_name": fresh.given, "last_name": fresh.family}
            billing |= {"first_name": fresh.given, "last_name": fresh.family}
        else:
            record["email"] = billing["email"] = fresh.email
        self.late.account({**record, "billing": billing})
        return set()

    def _order(self) -> set[Key]:
        order = self.trail.orders[-1]
        kind = self.pen.rng.random()
        if kind < 0.08:
            self.late.order(webshop.deleted(order["id"]))
        elif kind < 0.16:
            self.late.order({**webshop.modified(order, self._now()), "status": "trash"})
        else:
            status = "completed" if order["status"] != "completed" else "refunded"
            self.late.order({**webshop.modified(order, self._now()), "status": status})
        return {("webshop", "orders", str(order["id"]))} if kind < 0.16 else set()

    def _partner(self) -> set[Key]:
        row = self.trail.partners[-1]
        used = any(invoice.partner == row.number for invoice in self.trail.invoices)
        if not used and self.pen.chance(0.15):
            self.late.partner(replace(row, modified=self._now(), deleted=True))
            return {("erp", "partners", str(row.number))}
        fresh = self._fresh(False)
        if row.kind == "person" and self.pen.chance(0.5):
            row = replace(
                row,
                street=webshop.address(fresh, self.person.country)["address_1"],
                postcode=fresh.postcode,
                city=fresh.city,
            )
        elif self.pen.chance(0.7):
            row = replace(row, mobile=fresh.phone)
        else:
            row = replace(row, email=row.email or fresh.email, phone=row.phone or fresh.phone)
        self.late.partner(replace(row, modified=self._now()))
        return set()

    def _invoice(self) -> None:
        row = self.trail.invoices[-1]
        status = "paid" if row.status != "paid" else "credited"
        self.late.invoice(replace(row, status=status, modified=self._now()))

    def _additions(self) -> list[Key]:
        """A new account, order, call or letter; one at least."""
        pen, person = self.pen, self.person
        fresh = Trail(entity=person, emails=self.trail.emails, phones=self.trail.phones)
        kind = pen.rng.random()
        letter = answer_late(self.trail, self._now(), pen) if pen.chance(0.5) else None
        if letter:
            fresh.letters.append(letter)
        if kind < 0.35:
            add_call(fresh, person, pen)
        elif kind < 0.6:
            add_conversation(fresh, person, pen)
        elif kind < 0.95 or self.trail.accounts:
            add_order(fresh, person, 0, self._fresh(True), pen.when(), pen)
        else:
            add_account(fresh, person, self._fresh(True), pen.when(), pen)
        self.late.trail(fresh, pen.rng)
        return keys(fresh)
