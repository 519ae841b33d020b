"""Compile the weights and rules of identity.yaml into the query that scores pairs."""

from __future__ import annotations

from throughline.resolve.rules import IdentityRules


def scoring_query(rules: IdentityRules, evidence: str) -> str:
    """Return the query: left_n, right_n, decision, rule, score, reasons of pairs worth storing.

    The names in it were checked when the rules were loaded. What is judged is kept before it is
    filtered: a filter that DuckDB pushes down works all evidence out a second time.
    """
    weights = " + ".join(
        f"CASE {field} "
        + " ".join(f"WHEN '{level}' THEN {float(weight)}" for level, weight in levels.items())
        + " ELSE 0 END"
        for field, levels in rules.weights.items()
    )
    decided = " ".join(
        f"WHEN {verdict.when} THEN {number}" for number, verdict in enumerate(rules.verdicts)
    )
    decisions = " ".join(
        f"WHEN {number} THEN '{verdict.decision}'" for number, verdict in enumerate(rules.verdicts)
    )
    names = " ".join(
        f"WHEN {number} THEN '{verdict.name}'" for number, verdict in enumerate(rules.verdicts)
    )
    reasons = " || ".join(
        f"""coalesce('"{field}":"' || {field} || '",', '')""" for field in rules.weights
    )
    return f"""
WITH evidence AS ({evidence}),
weighed AS (
    SELECT *, CAST({rules.start} + {weights} AS REAL) AS score, CASE {decided} END AS verdict
    FROM evidence
), judged AS MATERIALIZED (
    SELECT *, CASE verdict {decisions} ELSE
        CASE WHEN score >= {rules.match} THEN 'match' ELSE 'possible' END END AS decision
    FROM weighed
)
SELECT left_n, right_n, decision,
    CASE verdict {names} ELSE 'score' END AS rule, score,
    '{{' || rtrim({reasons}, ',') || '}}' AS reasons
FROM judged
WHERE decision <> 'none' AND (score >= {rules.review} OR decision = 'attach')
"""
