"""Random numbers that depend on the seed and on who they are for, never on what came before."""

from __future__ import annotations

from random import Random

# What a generator is for; the base delivery and the delta draw from separate ones.
PEOPLE, CHANNELS, DELTA, NOISE = range(4)
_MIX = 0x9E3779B97F4A7C15


def generator(seed: int, purpose: int, index: int) -> Random:
    return Random(((seed * _MIX) & (2**64 - 1)) << 64 | purpose << 56 | index)


def scattered(index: int, lane: int, seed: int) -> int:
    """A number of 0..7,999,999 that no other index below 8 million gets on the same lane."""
    return (index * 7_368_787 + lane * 1_299_709 + seed * 104_729) % 8_000_000


def count_about(rng: Random, mean: float, most: int) -> int:
    """A count with the given mean: geometric, so that a few have many; cut at `most`."""
    stop = 1.0 / (1.0 + mean)
    count = 0
    while count < most and rng.random() > stop:
        count += 1
    return count
