"""What makes a party: evidence of somebody, who is not of our own organisation."""

from __future__ import annotations

from throughline.normalise.values import Compiled, any_there

EVIDENCE = (
    "name",
    "given_name",
    "family_name",
    "native_name",
    "organisation",
    "emails",
    "phones",
    "addresses",
    "identifiers",
)


def evident(found: Compiled) -> str:
    """Return whether a party's members are evidence of anybody."""
    return any_there([found.members[name] for name in EVIDENCE if name in found.members])


def own_party(found: Compiled) -> str:
    """Return whether a party is ours: all its addresses are, or it has none and its numbers are."""
    cases = []
    for name, macro in (("emails", "tl_own_email"), ("phones", "tl_own_number")):
        value = found.members.get(name)
        if value is None:
            continue
        texts = single_texts(value)
        if texts is not None:
            there = f"coalesce({', '.join(texts)}) IS NOT NULL"
            ours = " AND ".join(f"({text} IS NULL OR {macro}({text}))" for text in texts)
        else:
            every = addresses(value)
            there = f"len({every}) > 0"
            ours = f"list_bool_and(list_transform({every}, lambda a: {macro}(a)))"
        cases.append(f"WHEN {there} THEN {ours}")
    return f"CASE {' '.join(cases)} ELSE false END" if cases else "false"


def single_texts(value: Compiled) -> list[str] | None:
    """Return the texts of a list whose values are known one by one; None for another."""
    texts = [part.text for part in value.parts if part.items is None and part.text is not None]
    return texts if value.parts and len(texts) == len(value.parts) else None


def addresses(value: Compiled | None) -> str:
    """Return the VARCHAR[] of the texts in a list value."""
    if value is None:
        return "[]::VARCHAR[]"
    texts = single_texts(value)
    if texts is not None:
        return f"tl_present([{', '.join(texts)}])"
    return f"coalesce(json_transform({value.json}, '[\"VARCHAR\"]'), [])"
