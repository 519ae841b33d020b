"""Link parties with Splink: a model trained on the truth of one home, tried on another's.

Run by identity.py with the interpreter of bench/.env:
    python identity_splink.py TRAIN.parquet TRY.parquet OUT.csv
Each Parquet holds a party a row, cleaned already (telephones in E.164, folded names), with the
person it belongs to. m comes from the labels, u from random sampling; fields and threshold are
those with the best pairwise F1 over the records of TRAIN. OUT has party and cluster of TRY.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

WEIGHTS = [-12, -10, -8, -6, -4, -2, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 28]
COMPARISONS: Mapping[str, Callable[[], Any]] = {
    "given": lambda: cl.JaroWinklerAtThresholds("given", [0.92, 0.8]),
    "family": lambda: cl.JaroWinklerAtThresholds("family", [0.92, 0.8]).configure(
        term_frequency_adjustments=True
    ),
    "name": lambda: cl.ForenameSurnameComparison(
        "given", "family", jaro_winkler_thresholds=[0.92, 0.8]
    ),
    "email": lambda: cl.EmailComparison("email"),
    "phone": lambda: cl.DamerauLevenshteinAtThresholds("phone", [1]),
    "street": lambda: cl.LevenshteinAtThresholds("street", [2]),
    "postcode": lambda: cl.ExactMatch("postcode"),
    "birth_date": lambda: cl.DamerauLevenshteinAtThresholds("birth_date", [1]),
    "organisation": lambda: cl.JaroWinklerAtThresholds("organisation", [0.92]),
    "identifier": lambda: cl.ExactMatch("identifier"),
}
CONTACT = ["email", "phone", "birth_date", "organisation"]
MODELS = [  # fields that go together (a name, a household's address) spoil some of them
    ["given", "family", *CONTACT, "street", "postcode", "identifier"],
    ["given", "family", *CONTACT],
    ["given", "email", "phone"],
    ["name", *CONTACT, "street"],
    ["name", *CONTACT],
    ["name", "email", "phone"],
]


def settings(fields: Sequence[str]) -> SettingsCreator:
    """Return the model of some fields, name frequencies included."""
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="party",
        blocking_rules_to_generate_predictions=[
            block_on("email"),
            block_on("phone"),
            block_on("other_phone", "family"),
            block_on("identifier"),
            block_on("organisation", "postcode"),
            block_on("given", "family", "postcode"),
            block_on("given", "family", "birth_date"),
            block_on("given", "family"),
            block_on("mailbox"),
            block_on("family", "street"),
        ],
        comparisons=[COMPARISONS[field]() for field in fields],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )


def clusters(linker: Linker, predicted: Any, weight: float) -> dict[str, str]:
    """Return each party's cluster by the predictions of a match weight or more."""
    grouped = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_weight=weight
    )
    rows = grouped.as_duckdbpyrelation().project("party, cluster_id").fetchall()
    return {str(party): str(cluster) for party, cluster in rows}


def f1(found: dict[str, str], people: dict[str, str], weights: dict[str, int]) -> float:
    """Return pairwise F1 over source records, of which a party may stand for several."""

    def pairs(groups: Counter[object]) -> int:
        return sum(number * (number - 1) // 2 for number in groups.values())

    by_cluster: Counter[object] = Counter()
    by_person: Counter[object] = Counter()
    both: Counter[object] = Counter()
    for party, person in people.items():
        weight, cluster = weights[party], found.get(party, party)
        by_cluster[cluster] += weight
        by_person[person] += weight
        both[cluster, person] += weight
    right, claimed, true = pairs(both), pairs(by_cluster), pairs(by_person)
    return 2 * right / (claimed + true) if claimed + true else 0.0


def trained(train: str) -> tuple[dict[str, Any], float]:
    """Return the model and the weight that do best on TRAIN, m fitted to its truth."""
    rows = duckdb.read_parquet(train)
    parties = rows.project("party, person, records").fetchall()
    people = {str(party): str(person) for party, person, _ in parties}
    weights = {str(party): int(records) for party, _, records in parties}
    best: tuple[float, dict[str, Any], float] = (0.0, {}, 0.0)
    for fields in MODELS:
        api = DuckDBAPI(duckdb.connect())
        linker = Linker(api.register(rows.to_arrow_table()), settings(fields))
        linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
        linker.training.estimate_m_from_label_column("person")
        linker.training.estimate_probability_two_random_records_match(
            [block_on("email", "given"), block_on("phone", "given")], recall=0.6
        )
        predicted = linker.inference.predict(threshold_match_weight=WEIGHTS[0])
        model = linker.misc.save_model_to_json()
        for weight in WEIGHTS:
            found = f1(clusters(linker, predicted, weight), people, weights)
            print(fields, weight, round(found, 4), file=sys.stderr)
            best = max(best, (found, model, weight), key=lambda one: one[0])
    return best[1], best[2]


def main() -> None:
    train, tried, out = sys.argv[1:]
    model, weight = trained(train)
    api = DuckDBAPI(duckdb.connect())
    linker = Linker(api.register(duckdb.read_parquet(tried).to_arrow_table()), model)
    found = clusters(linker, linker.inference.predict(threshold_match_weight=weight), weight)
    with open(out, "w", encoding="utf-8") as file:  # noqa: PTH123  # a path as given
        file.write("party,cluster\n")
        file.writelines(f"{party},{cluster}\n" for party, cluster in found.items())
    print(weight)


if __name__ == "__main__":
    main()
