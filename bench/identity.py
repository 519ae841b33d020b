"""Score who was found to be one customer, on demo data that the rules were never tuned on.

    python bench/identity.py --people 20000 --seed 101 --train-seed 1
Prints pairwise precision, recall and F1 over the whole crosswalk for Throughline, exact keys alone,
Splink trained on the truth of the training seed, and the ceiling that the evidence allows; then
precision and recall by pair of channels. docs/identity.md says how each is defined.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path

from identity_evidence import Evidence, SourceKey, evidence_of
from peers import PYTHON, set_up_peers

HERE = Path(__file__).resolve().parent
OUT = HERE / "out" / "identity"


def read_truth(data: Path) -> dict[SourceKey, str]:
    """Return whose each source record is."""
    with (data / "truth.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["connection"], row["stream"], row["source_id"]): row["person"]
            for row in csv.DictReader(file)
        }


def connected(parties: Iterable[str], groups: Iterable[list[str]]) -> dict[str, str]:
    """Return each party's component when the members of every group are linked."""
    parent = {party: party for party in parties}

    def root(party: str) -> str:
        while parent[party] != party:
            parent[party] = parent[parent[party]]
            party = parent[party]
        return party

    for first, *others in groups:
        for other in others:
            parent[root(other)] = root(first)
    return {party: root(party) for party in parent}


def exact_keys(evidence: Evidence) -> dict[str, str]:
    """Link parties that share an e-mail address, a telephone or an identifier exactly."""
    groups: dict[str, list[str]] = defaultdict(list)
    for party, value in evidence.exact_values:
        groups[value].append(party)
    return connected(evidence.parties, groups.values())


def ceiling(evidence: Evidence, people: Mapping[str, str]) -> dict[str, str]:
    """Link parties of one person (by the truth) wherever they share any value at all."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for party, value in evidence.all_values:
        groups[people.get(party, party), value].append(party)
    return connected(evidence.parties, groups.values())


def pairs(groups: Mapping[object, int]) -> int:
    return sum(number * (number - 1) // 2 for number in groups.values())


def score(found: Mapping[SourceKey, str], truth: Mapping[SourceKey, str]) -> tuple[float, ...]:
    """Return pairwise precision, recall and F1; a record without customer is alone."""
    customers = {key: found.get(key, f"alone {key}") for key in truth}
    claimed = pairs(Counter(customers.values()))
    true = pairs(Counter(truth.values()))
    right = pairs(Counter((customers[key], truth[key]) for key in truth))
    precision, recall = right / max(claimed, 1), right / max(true, 1)
    return precision, recall, 2 * right / max(claimed + true, 1)


def by_channels(
    found: Mapping[SourceKey, str], truth: Mapping[SourceKey, str]
) -> dict[tuple[str, str], tuple[float, float, int]]:
    """Return precision, recall and true pairs for each pair of channels."""
    customers = {key: found.get(key, f"alone {key}") for key in truth}

    def count(group_of: Mapping[SourceKey, object]) -> Counter[tuple[str, str]]:
        sizes: dict[object, Counter[str]] = defaultdict(Counter)
        for key in truth:
            sizes[group_of[key]][key[0]] += 1
        total: Counter[tuple[str, str]] = Counter()
        for channels in sizes.values():
            for channel, number in channels.items():
                total[channel, channel] += number * (number - 1) // 2
            for one, other in combinations(sorted(channels), 2):
                total[one, other] += channels[one] * channels[other]
        return total

    right = count({key: (customers[key], truth[key]) for key in truth})
    claimed, true = count(customers), count(dict(truth))
    return {
        both: (right[both] / max(claimed[both], 1), right[both] / max(true[both], 1), true[both])
        for both in sorted(true)
    }


def majority(evidence: Evidence, truth: Mapping[SourceKey, str]) -> dict[str, str]:
    """Return the person that most of a party's records belong to."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for key, party in evidence.party_of.items():
        if key in truth:
            counts[party][truth[key]] += 1
    return {
        party: min(people, key=lambda one: (-people[one], one)) for party, people in counts.items()
    }


def splink(train: Path, tried: Path) -> tuple[dict[str, str], str]:
    """Return Splink's clusters of the tried parties, and what its tuning chose."""
    out = OUT / "splink.csv"
    done = subprocess.run(
        [PYTHON, HERE / "identity_splink.py", train, tried, out],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    with out.open(encoding="utf-8", newline="") as file:
        clusters = {row["party"]: row["cluster"] for row in csv.DictReader(file)}
    return clusters, done.stdout.strip().splitlines()[-1]


def main() -> None:
    """Make both data sets and homes, score every way of linking, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--train-seed", type=int, default=1)
    parser.add_argument("--no-peer", action="store_true", help="leave Splink out")
    options = parser.parse_args()
    if not options.no_peer:
        set_up_peers()
    OUT.mkdir(parents=True, exist_ok=True)
    tried = evidence_of(OUT, people=options.people, seed=options.seed)
    truth = read_truth(tried.data)
    people = majority(tried, truth)
    ways = {"Throughline": tried.customer_of, "exact keys alone": exact_keys(tried)}
    if not options.no_peer:
        train = evidence_of(OUT, people=options.people, seed=options.train_seed)
        train_file = train.write(OUT / "train.parquet", majority(train, read_truth(train.data)))
        tried_file = tried.write(OUT / "tried.parquet", people)
        clusters, chosen = splink(train_file, tried_file)
        ways["dlt + Splink, model trained on truth"] = clusters
    ways["ceiling of the evidence"] = ceiling(tried, people)
    print(f"\n{options.people:,} people, seed {options.seed}: {len(truth):,} source records")
    if not options.no_peer:
        print(f"  (Splink's tuning on seed {options.train_seed}: {chosen})")
    print(f"  {'':46} precision  recall      F1")
    for name, clusters in ways.items():
        found = {key: clusters.get(party, party) for key, party in tried.party_of.items()}
        precision, recall, f1 = score(found, truth)
        print(f"  {name:46} {precision:9.4f} {recall:7.4f} {f1:7.4f}")
    found = {key: tried.customer_of[party] for key, party in tried.party_of.items()}
    print("\n  Throughline by pair of channels               precision  recall   pairs")
    for both, (precision, recall, number) in by_channels(found, truth).items():
        print(f"  {' - '.join(both):46} {precision:9.4f} {recall:7.4f} {number:7,}")


if __name__ == "__main__":
    main()
