"""Asterisk's Master.csv with loguniqueid, loguserfield and newcdrcolumns: 21 columns, no header."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from throughline.demo_data import organisation
from throughline.demo_data.clock import berlin
from throughline.demo_data.organisation import AGENTS, PILOT, Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One row of Master.csv; `ring` and `talk` in seconds."""

    account: str
    src: str
    dst: str
    context: str
    caller: str
    channel: str
    dst_channel: str
    app: str
    data: str
    start: int
    ring: int
    talk: int
    outcome: str
    uniqueid: str
    linkedid: str
    sequence: int

    def line(self) -> str:
        """As cdr_csv writes it: text quoted, quotes doubled, integers bare."""
        talk = self.talk if self.outcome == "ANSWERED" else 0
        answer = berlin(self.start + self.ring) if talk else ""
        texts = (
            self.account, self.src, self.dst, self.context, self.caller.replace('"', '""'),
            self.channel, self.dst_channel, self.app, self.data, berlin(self.start), answer,
            berlin(self.start + self.ring + talk),
        )  # fmt: skip
        head = '","'.join(texts)
        return (
            f'"{head}",{self.ring + talk},{talk},"{self.outcome}","DOCUMENTATION",'
            f'"{self.uniqueid}","","","{self.linkedid}",{self.sequence}\n'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: its linkedid and the rows (legs) that the exchange wrote for it."""

    linkedid: str
    rows: tuple[str, ...]
    started: int
    remote: str
    clid: str
    outbound: bool


def clid(name: str, number: str) -> str:
    """The caller as Asterisk writes it: the name in quotes, empty where none was sent."""
    return f'"{name}" <{number}>'


def _desk(agent: Agent, number: int) -> str:
    return f"PJSIP/{agent.extension}-{number % 2**32:08x}"


def _trunk(number: int) -> str:
    return f"PJSIP/trunk-{number % 2**32:08x}"


def inbound(rng: Random, channel: int, number: str, name: str, started: int, team: str) -> Call:
    """A call from outside: straight to a desk, through a queue that tries several, or passed on.

    Takes the channel numbers `channel` to `channel + 7`.
    """
    agents = organisation.team(team)
    first = rng.randrange(len(agents))
    linkedid, caller = f"{started}.{channel}", clid(name, number)
    shape = rng.random()
    tries = 1 if shape < 0.42 else 2 if shape < 0.76 else 3
    passed_on = tries == 2 and rng.random() < 0.3
    lost = rng.random() < 0.12
    rows, at = [], started
    for turn in range(tries):
        agent = agents[(first + turn) % len(agents)]
        last = turn == tries - 1
        second_leg = passed_on and last
        queue = tries > 1 and not second_leg
        answered = (last and not lost) or (passed_on and not last)
        leg = Leg(
            account=team,
            src=number,
            dst=PILOT if queue else agent.extension,
            context="from-internal-xfer" if second_leg else f"ext-{team}",
            caller=caller,
            channel=_trunk(channel),
            dst_channel=_desk(agent, channel + turn + 1),
            app="Queue" if queue else "Dial",
            data=f"{team},t,,,60" if queue else f"PJSIP/{agent.extension},30,tT",
            start=at,
            ring=rng.randrange(3, 21),
            talk=int(rng.expovariate(1 / 190)) + 8,
            outcome="ANSWERED" if answered else "NO ANSWER",
            uniqueid=f"{at}.{channel + turn + 1}" if second_leg else linkedid,
            linkedid=linkedid,
            sequence=channel + turn,
        )
        rows.append(leg.line())
        at += leg.ring + (leg.talk if answered else 0)
    return Call(
        linkedid=linkedid,
        rows=tuple(rows),
        started=started,
        remote=number,
        clid=caller,
        outbound=False,
    )


def outbound(rng: Random, channel: int, number: str, started: int, team: str) -> Call:
    """A call by one of our staff to a customer."""
    agent = rng.choice(organisation.team(team))
    outcome = rng.random()
    return _from_desk(
        rng,
        channel,
        agent,
        to=number,
        far_end=_trunk(channel + 1),
        dial=f"PJSIP/{number}@trunk,300,T",
        started=started,
        outcome="ANSWERED" if outcome < 0.7 else "NO ANSWER" if outcome < 0.9 else "BUSY",
    )


def internal(rng: Random, channel: int, started: int) -> Call:
    """A call between two desks."""
    one, two = rng.sample(AGENTS, 2)
    return _from_desk(
        rng,
        channel,
        one,
        to=two.extension,
        far_end=_desk(two, channel + 1),
        dial=f"PJSIP/{two.extension},30",
        started=started,
        outcome="ANSWERED",
    )


def _from_desk(
    rng: Random,
    channel: int,
    agent: Agent,
    *,
    to: str,
    far_end: str,
    dial: str,
    started: int,
    outcome: str,
) -> Call:
    linkedid, caller = f"{started}.{channel}", clid(agent.name, agent.extension)
    leg = Leg(
        account=agent.department,
        src=agent.extension,
        dst=to,
        context="from-internal",
        caller=caller,
        channel=_desk(agent, channel),
        dst_channel=far_end,
        app="Dial",
        data=dial,
        start=started,
        ring=rng.randrange(4, 25),
        talk=int(rng.expovariate(1 / 150)) + 5,
        outcome=outcome,
        uniqueid=linkedid,
        linkedid=linkedid,
        sequence=channel,
    )
    return Call(
        linkedid=linkedid,
        rows=(leg.line(),),
        started=started,
        remote=to,
        clid=caller,
        outbound=True,
    )


def late_leg(rng: Random, call: Call, channel: int) -> str:
    """One more row of an inbound call: a leg that hung up only after the export was taken."""
    agent = organisation.team("accounting")[0]
    start = call.started + 240
    return Leg(
        account=agent.department,
        src=call.remote,
        dst=agent.extension,
        context="from-internal-xfer",
        caller=call.clid,
        channel=_trunk(channel),
        dst_channel=_desk(agent, channel + 1),
        app="Dial",
        data=f"PJSIP/{agent.extension},30,tT",
        start=start,
        ring=6,
        talk=rng.randrange(30, 600),
        outcome="ANSWERED",
        uniqueid=f"{start}.{channel}",
        linkedid=call.linkedid,
        sequence=channel,
    ).line()
