"""Link parties with Splink: a model trained on the truth of one home, tried on another's.

Run by identity.py with the interpreter of bench/.env:
    python identity_splink.py TRAIN.parquet TRY.parquet OUT.csv
Each Parquet holds a party a row, cleaned already (telephones in E.164, folded names), with the
person it belongs to. m comes from the labels, u from random sampling, each field by itself, so one
training serves every choice of fields. Fields, term frequencies and the match weight from which on
pairs are linked are those with the best pairwise F1 over the records of TRAIN. OUT has party and
cluster of TRY, by Splink's own prediction and clustering; what was chosen is printed.
"""

from __future__ import annotations

import csv
import logging
import sys
from math import log2
from pathlib import Path
from typing import Any

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.blocking_rule_library import CustomRule

from identity_tuning import Tuning

SAMPLED_PAIRS = 1e7  # for u
FREQUENCY = " frequency"  # what a field's term frequencies are called
BLOCKING: list[Any] = [  # mailbox: the local part, of addresses that at most twenty parties have
    block_on("phones", arrays_to_explode=["phones"]),
    block_on("emails", arrays_to_explode=["emails"]),
    block_on("identifier"),
    block_on("mailbox"),
    block_on("organisation"),
    block_on("full_name"),
    CustomRule("l.given = r.family AND l.family = r.given"),
    block_on("family", "postcode"),
    block_on("given", "postcode"),
    block_on("street", "postcode"),
    block_on("family", "street"),
    block_on("given", "birth_date"),
    block_on("family", "birth_date"),
]


def comparison(name: str, *levels: Any) -> Any:
    """Return a comparison of these levels, best first, and of everything else."""
    return cl.CustomComparison([*levels, cll.ElseLevel()], output_column_name=name)


def same(column: str) -> Any:
    """Return the level of equal values, adjusted by how frequent the value is."""
    return cll.ExactMatchLevel(column, term_frequency_adjustments=True)


def names() -> list[Any]:
    """Return the ways to compare names: given and family name apart, or both as one field.

    Two given names also agree as short forms of one name (`given_names`).
    """
    short_form = cll.ArrayIntersectLevel("given_names", 1)
    swapped = cll.CustomLevel("given_l = family_r OR given_r = family_l")
    initial = cll.CustomLevel(
        "least(length(given_l), length(given_r)) = 1 AND left(given_l, 1) = left(given_r, 1)"
    )

    def near(column: str, threshold: float) -> Any:
        return cll.JaroWinklerLevel(column, threshold)

    return [
        comparison(
            "given",
            cll.NullLevel("given"),
            same("given"),
            short_form,
            swapped,
            near("given", 0.92),
            initial,
            near("given", 0.8),
        ),
        comparison(
            "family",
            cll.NullLevel("family"),
            same("family"),
            swapped,
            near("family", 0.92),
            near("family", 0.8),
        ),
        comparison(
            "name",
            cll.And(cll.NullLevel("given"), cll.NullLevel("family")),
            same("full_name"),
            cll.And(short_form, cll.ExactMatchLevel("family")),
            cll.ColumnsReversedLevel("given", "family", symmetrical=True),
            cll.And(near("given", 0.92), near("family", 0.92)),
            cll.And(near("given", 0.8), near("family", 0.8)),
            short_form,
            same("family"),
        ),
    ]


def comparisons() -> list[Any]:
    """Return everything that a model may compare; tuning leaves out what goes badly together."""
    local_part = cll.CustomLevel("split_part(email_l, '@', 1) = split_part(email_r, '@', 1)")
    return [
        *names(),
        comparison(
            "email",
            cll.NullLevel("email"),
            same("email"),
            cll.DamerauLevenshteinLevel("email", 1),
            local_part,
            cll.JaroWinklerLevel("email", 0.88),
        ),
        comparison(
            "phone",
            cll.NullLevel("phone"),
            same("phone"),
            cll.ArrayIntersectLevel("phones", 1),
            cll.DamerauLevenshteinLevel("phone", 1),
        ),
        comparison(
            "address",
            cll.NullLevel("street"),
            cll.And(cll.ExactMatchLevel("street"), cll.ExactMatchLevel("postcode")),
            cll.And(cll.LevenshteinLevel("street", 2), cll.ExactMatchLevel("postcode")),
            cll.ExactMatchLevel("postcode"),
        ),
        cl.LevenshteinAtThresholds("street", [2]),
        cl.DamerauLevenshteinAtThresholds("birth_date", [1]),
        cl.JaroWinklerAtThresholds("organisation", [0.92]).configure(
            term_frequency_adjustments=True
        ),
        cl.ExactMatch("identifier"),
    ]


def linker_of(parties: duckdb.DuckDBPyRelation, settings: Any) -> Linker:
    """Return a linker of these parties, quiet."""
    table = DuckDBAPI(duckdb.connect()).register(parties.to_arrow_table())
    return Linker(table, settings, log_level=logging.ERROR)


def trained(parties: duckdb.DuckDBPyRelation) -> tuple[dict[str, Any], Tuning]:
    """Return the model of all fields, m fitted to the truth, and what each adds to each pair."""
    rows = parties.project("CAST(party AS VARCHAR), person, records").fetchall()
    same_person = parties.aggregate("person, count(*) AS n", "person").sum("n * (n - 1) / 2")
    matches = float(same_person.fetchall()[0][0])
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="party",
        blocking_rules_to_generate_predictions=BLOCKING,
        comparisons=comparisons(),
        probability_two_random_records_match=matches / (len(rows) * (len(rows) - 1) / 2),
        retain_intermediate_calculation_columns=True,
        retain_matching_columns=False,
    )
    linker = linker_of(parties, settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=1)
    linker.training.estimate_m_from_label_column("person")
    scored = linker.inference.predict().as_duckdbpyrelation()
    columns = [name for name in scored.columns if name.startswith("mw_")]
    named = {column: part_name(column) for column in columns}
    values = scored.project(", ".join(f"coalesce({name}, 0)" for name in columns)).fetchall()
    number = {party: place for place, (party, _, _) in enumerate(rows)}
    pairs = scored.project("CAST(party_l AS VARCHAR), CAST(party_r AS VARCHAR)").fetchall()
    return linker.misc.save_model_to_json(), Tuning(
        people=[person for _, person, _ in rows],
        records=[records for _, _, records in rows],
        pairs=[(number[left], number[right]) for left, right in pairs],
        parts=dict(zip(named.values(), zip(*values, strict=True), strict=True)),
        needs={part: part.removesuffix(FREQUENCY) for part in named.values() if FREQUENCY in part},
    )


def part_name(column: str) -> str:
    """Return what a column of the prediction stands for: a field, or its term frequencies."""
    field = column.removeprefix("mw_")
    if field.startswith("tf_adj_"):
        return field.removeprefix("tf_adj_") + FREQUENCY
    return field


def reduced(model: dict[str, Any], parts: frozenset[str]) -> dict[str, Any]:
    """Return the model with only these fields and term frequencies."""
    fields = [one for one in model["comparisons"] if one["output_column_name"] in parts]
    for one in fields:
        if one["output_column_name"] + FREQUENCY not in parts:
            for level in one["comparison_levels"]:
                level.pop("tf_adjustment_column", None)
    return {**model, "comparisons": fields, "retain_intermediate_calculation_columns": False}


def clusters(parties: duckdb.DuckDBPyRelation, model: Any, weight: float) -> list[tuple[str, str]]:
    """Return each party's cluster by the pairs of a match weight or more."""
    linker = linker_of(parties, model)
    linked = linker.inference.predict(threshold_match_weight=weight)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(linked)
    rows: list[tuple[str, str]] = (
        found.as_duckdbpyrelation().project("party, cluster_id").fetchall()
    )
    return rows


def main() -> None:
    """Train and tune on one home, link the other's parties, write them."""
    train, tried, out = sys.argv[1:]
    model, tuning = trained(duckdb.read_parquet(train))
    parts, choice = tuning.best()
    prior = model["probability_two_random_records_match"]
    weight = choice.weight + log2(prior / (1 - prior))
    found = clusters(duckdb.read_parquet(tried), reduced(model, parts), weight - 1e-6)
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["party", "cluster"])
        writer.writerows(found)
    print(f"{', '.join(sorted(parts))}; from match weight {weight:.1f}; F1 there {choice.f1:.4f}")


if __name__ == "__main__":
    main()
