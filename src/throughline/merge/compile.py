"""Compile survivorship rules to one DuckDB query over a batch of parties.

The query reads the relations `parties(customer, connection, stream, key, changed_at, doc)` and
`ranks(connection, rank)`. Criteria are integers of which the smallest wins, and the last tie is
broken by connection, stream and key, so a golden record never depends on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Mapping

from throughline.merge.survivorship import (
    DOCUMENT_ORDER,
    LIST_FIELDS,
    FieldRule,
    SurvivorshipRules,
)

_NEVER = "9223372036854775807"
_FAMILY_FIRST = r"[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}]+"  # and without a blank between
_LONGEST_NAME = 1000


def compile_rules(rules: SurvivorshipRules) -> str:
    """Return a query that yields customer, doc, provenance, hash, emails and phones."""
    singles = [rule for rule in rules.fields if not rule.aggregate and rule.name != "attributes"]
    lists = [rule for rule in rules.fields if rule.aggregate]
    parts = [_party(), _wide(singles), _chosen(singles)]
    parts += [part for rule in lists for part in (_items(rule), _list(rule))]
    parts += [_attributes(rule) for rule in rules.fields if rule.name == "attributes"]
    names = [f"list_{rule.name}" for rule in lists]
    names += ["chosen_attributes" for rule in rules.fields if rule.name == "attributes"]
    joins = "\n".join(f"LEFT JOIN {name} USING (customer)" for name in names)
    return f"""WITH {", ".join(parts)}, joined AS (
SELECT customer, sources, {_document(rules)} AS doc, {_provenance(rules)} AS fields,
{_contacts(lists)} AS contacts
FROM chosen
{joins}
)
SELECT customer, doc, md5(doc) AS hash, contacts,
concat('{{"rules":"{rules.fingerprint}","sources":', sources, ',"fields":', fields, '}}')
AS provenance
FROM joined"""


def _party() -> str:
    paths = ", ".join(f"'$.{name}'" for name in DOCUMENT_ORDER)
    return f"""party AS (
SELECT customer, connection, stream, key, changed_at,
  coalesce(rank, (SELECT last FROM last_rank))::BIGINT AS system_of_record,
  coalesce(-changed_at, {_NEVER}) AS most_recent,
  row_number() OVER (PARTITION BY customer ORDER BY connection, stream, key) - 1 AS source,
  json_extract(doc, [{paths}]) AS field
FROM parties LEFT JOIN ranks USING (connection)
)"""


def _wide(singles: list[FieldRule]) -> str:
    columns = [f"field[{at}] AS {name}" for at, name in enumerate(DOCUMENT_ORDER, 1)]
    counts = [
        f"-count(*) OVER (PARTITION BY customer, {', '.join(rule.fields)}) AS often_{rule.name}"
        for rule in singles
        if "most_frequent" in rule.prefer
    ]
    inner = f"SELECT * EXCLUDE (field), {', '.join(columns)} FROM party"
    return f"wide AS (SELECT *{''.join(', ' + count for count in counts)} FROM ({inner}))"


def _chosen(singles: list[FieldRule]) -> str:
    columns = ",\n  ".join(_winner(rule) for rule in singles)
    source = (
        "concat('[', to_json(connection), ',', to_json(stream), ',', to_json(key), "
        "',\"' || strftime(make_timestamp(changed_at), '%Y-%m-%dT%H:%M:%SZ') || '\"', ']')"
    )
    return f"""chosen AS (
SELECT customer, concat('[', string_agg({source}, ',' ORDER BY source), ']') AS sources,
  {columns}
FROM wide GROUP BY customer
)"""


def _winner(rule: FieldRule) -> str:
    values = ", ".join(f"'{name}': {name}" for name in rule.fields)
    given = " OR ".join(f"{name} IS NOT NULL" for name in rule.fields)
    terms = [_single_term(rule, criterion) for criterion in rule.prefer]
    order = f"[{', '.join([*terms, 'source'])}]"
    return (
        f"arg_min({{{values}, 'source': source}}, {order}) FILTER ({given}) AS chosen_{rule.name}"
    )


def _single_term(rule: FieldRule, criterion: str) -> str:
    if criterion == "most_frequent":
        return f"often_{rule.name}"
    if criterion == "most_complete":
        filled = " + ".join(f"({name} IS NOT NULL)::BIGINT" for name in rule.fields)
        length = " + ".join(f"coalesce(length({name}), 0)" for name in rule.fields)
        return f"-(({filled}) * 1000000 + {length})"
    return criterion


def _items(rule: FieldRule) -> str:
    name = rule.name
    return f"""items_{name} AS (
SELECT customer, item, -count(DISTINCT source) AS most_frequent,
  min(system_of_record) AS system_of_record, min(most_recent) AS most_recent,
  -length(item) AS most_complete,
  arg_min(source, [system_of_record, most_recent, source]) AS source
FROM (
  SELECT customer, source, system_of_record, most_recent,
    unnest(from_json({name}, '["JSON"]'))::VARCHAR AS item
  FROM wide WHERE {name} IS NOT NULL)
GROUP BY customer, item
)"""


def _list(rule: FieldRule) -> str:
    order = ", ".join([*rule.prefer, "item"])
    return f"""list_{rule.name} AS (
SELECT customer, list(item ORDER BY {order}) AS items_{rule.name},
  string_agg(source::VARCHAR, ',' ORDER BY {order}) AS source_{rule.name}
FROM items_{rule.name} GROUP BY customer
)"""


def _attributes(rule: FieldRule) -> str:
    order = ", ".join([_attribute_term(criterion) for criterion in rule.prefer] + ["source"])
    return f"""chosen_attributes AS (
SELECT customer,
  string_agg(concat(to_json(name), ':', won.value), ',' ORDER BY name) AS attributes,
  string_agg(concat(to_json(name), ':', won.source), ',' ORDER BY name) AS source_attributes
FROM (
  SELECT customer, name, arg_min({{'value': value, 'source': source}}, [{order}]) AS won
  FROM (SELECT *, -count(*) OVER (PARTITION BY customer, name, value) AS often FROM (
    SELECT customer, source, system_of_record, most_recent,
      entry.key AS name, entry.value AS value
    FROM (SELECT *, unnest(map_entries(from_json(attributes, '"MAP(VARCHAR, JSON)"'))) AS entry
      FROM wide WHERE attributes IS NOT NULL)))
  GROUP BY customer, name)
GROUP BY customer
)"""


def _attribute_term(criterion: str) -> str:
    return {"most_frequent": "often", "most_complete": "-length(value)"}.get(criterion, criterion)


def _document(rules: SurvivorshipRules) -> str:
    owner = {name: rule.name for rule in rules.fields for name in rule.fields}
    pieces = [_piece(name, owner) for name in DOCUMENT_ORDER if name in owner]
    return f"concat('{{', substr(concat({', '.join(pieces)}), 2), '}}')"


def _piece(name: str, owner: Mapping[str, str]) -> str:
    if name in LIST_FIELDS:
        return f"',\"{name}\":[' || array_to_string(items_{name}, ',') || ']'"
    if name == "attributes":
        return "',\"attributes\":{' || attributes || '}'"
    chosen = f"chosen_{owner[name]}.{name}"
    if name == "name":
        chosen = f"coalesce({chosen}, {_whole_name(owner)})"
    return f"',\"{name}\":' || {chosen}"


def _whole_name(owner: Mapping[str, str]) -> str:
    """Return the name that its parts make, as JSON, where no source gives it whole."""
    given, additional, family = (
        f"json_extract_string(chosen_{owner[part]}.{part}, '$')" if part in owner else "NULL"
        for part in ("given_name", "additional_name", "family_name")
    )
    return f"""to_json(nullif(left(CASE
WHEN regexp_full_match(concat({family}, {additional}, {given}), '{_FAMILY_FIRST}')
THEN concat({family}, {additional}, {given})
ELSE concat_ws(' ', {given}, {additional}, {family}) END, {_LONGEST_NAME}), ''))"""


def _provenance(rules: SurvivorshipRules) -> str:
    pieces = []
    for rule in rules.fields:
        if rule.aggregate:
            pieces.append(f"',\"{rule.name}\":[' || source_{rule.name} || ']'")
        elif rule.name == "attributes":
            pieces.append("',\"attributes\":{' || source_attributes || '}'")
        else:
            pieces.append(f"',\"{rule.name}\":' || chosen_{rule.name}.source")
    return f"concat('{{', substr(concat({', '.join(pieces)}), 2), '}}')"


def _contacts(lists: list[FieldRule]) -> str:
    found = [f"coalesce(items_{r.name}, [])" for r in lists if r.name in ("emails", "phones")]
    return " || ".join([*found, "[]::VARCHAR[]"])
