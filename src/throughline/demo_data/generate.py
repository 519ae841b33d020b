"""Write a demo data set: base delivery, truth, organisation and, when asked, a delta."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from throughline.demo_data import noise, organisation
from throughline.demo_data.chance import CHANNELS, generator
from throughline.demo_data.delivery import Delivery
from throughline.demo_data.delta import DeltaPlan, new_people, write_changes
from throughline.demo_data.example import Example, tell_example
from throughline.demo_data.neighbours import blocks
from throughline.demo_data.pen import Pen
from throughline.demo_data.rates import Rates
from throughline.demo_data.story import tell_block
from throughline.demo_data.trail import first_numbers, keys


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDataReport:
    """What was written: records a kind, the delta's too, and a customer worth a look."""

    folder: Path
    people: int
    companies: int
    records: Mapping[str, int]
    delta_records: Mapping[str, int]
    example: Example | None = field(repr=False)


def generate(
    out: Path,
    *,
    people: int,
    seed: int,
    delta: float | None = None,
    delta_people: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> DemoDataReport:
    """Write the data set of `people` people under `out`; the same arguments give the same bytes.

    `delta` (a share of the people) or `delta_people` (a number of them) adds a second delivery
    under `out`/delta; the base delivery does not depend on it. `progress` gets (people done, all).
    """
    rates = Rates()
    plan = DeltaPlan.of(people, delta, delta_people)
    numbers, late_numbers = first_numbers(), first_numbers(people)
    companies = done = 0
    example: Example | None = None
    with ExitStack() as stack:
        base = stack.enter_context(Delivery(out))
        late = stack.enter_context(Delivery(out / "delta", mark="d")) if plan else None
        for block in blocks(seed, 0, people, rates):
            rng = generator(seed, CHANNELS, block.index)
            pen = Pen(rng=rng, numbers=numbers, rates=rates)
            trails = tell_block(block, pen)
            example = example or tell_example(trails, pen)
            for trail in trails:
                base.trail(trail, rng)
                for key in keys(trail):
                    base.truth(key, trail.entity.key)
            noise.write_noise(base, rng, numbers, len(block.people))
            if plan and late:
                write_changes(block, trails, plan, late, seed, late_numbers, rates)
            companies += len(block.companies)
            done += len(block.people)
            if progress:
                progress(done, people)
        if plan and late:
            new_people(plan, late, seed, late_numbers, rates)
        organisation.write_organisation(out / "organisation.yaml")
        return DemoDataReport(
            folder=out,
            people=people,
            companies=companies,
            records=base.counts(),
            delta_records=late.counts() if late else {},
            example=example,
        )
