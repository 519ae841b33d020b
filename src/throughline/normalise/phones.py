"""Telephone numbers as E.164: a quick way for plain ones, phonenumbers for the rest.

The quick way answers only where phonenumbers' own steps are plain (no carrier codes, no transform
of the national prefix, no country code without a plus); a test holds the two to the same answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, ValidationResult

SHORTEST = 7  # digits with the country code; fewer is an extension or a service
_PLAIN = re.compile(r"\+?[0-9 ()./\-]+", re.ASCII)
_NO_PUNCTUATION = {ord(letter): None for letter in " ()./-"}


def phone(value: str, region: str | None) -> str | None:
    """Return a telephone number as E.164 if it is a possible one, else None.

    `region` says where a number without a country code belongs.
    """
    if _PLAIN.fullmatch(value):
        found = _quick(value.translate(_NO_PUNCTUATION), region)
        if found is not None:
            return found if len(found) > SHORTEST else None
    return parsed(value, region)


def parsed(value: str, region: str | None) -> str | None:
    """Return what phonenumbers makes of a number, by all its rules."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != ValidationResult.IS_POSSIBLE:
        return None
    e164 = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return e164 if len(e164) > SHORTEST else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A region's numbering plan, as far as the quick way needs it."""

    code: str
    lengths: frozenset[int]
    prefix: str | None
    """The national prefix; None: more than a literal, which the quick way leaves alone."""
    prefixes: re.Pattern[str] | None = field(repr=False)
    general: re.Pattern[str] = field(repr=False)
    abroad: re.Pattern[str] = field(repr=False)


def _quick(digits: str, region: str | None) -> str | None:
    if digits.startswith("+"):
        return _international(digits[1:])
    plan = _plan(region) if region else None
    if plan is None or plan.prefix is None:
        return None
    abroad = plan.abroad.match(digits)
    if abroad is not None:
        return _international(digits[2:]) if plan.abroad.pattern == "00" else None
    if digits.startswith(plan.code):
        return None
    if plan.prefix and digits.startswith(plan.prefix):
        stripped = digits[len(plan.prefix) :]
        kept = plan.general.fullmatch(digits) and not plan.general.fullmatch(stripped)
        if kept or len(stripped) not in plan.lengths:
            return None
        digits = stripped
    return f"+{plan.code}{digits}" if len(digits) in plan.lengths else None


def _international(digits: str) -> str | None:
    for size in (1, 2, 3):
        plan = _plan_of_code(digits[:size])
        if plan is not None:
            national = digits[size:]
            if plan.prefixes is not None and plan.prefixes.match(national):
                return None
            return f"+{digits}" if len(national) in plan.lengths else None
    return None


@cache
def _plan_of_code(code: str) -> _Plan | None:
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code)) if code.isdigit() else None
    return _plan(regions[0]) if regions and code[0] != "0" else None


@cache
def _plan(region: str) -> _Plan | None:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    general = metadata.general_desc if metadata is not None else None
    if metadata is None or general is None or general.national_number_pattern is None:
        return None
    prefix = metadata.national_prefix_for_parsing
    literal = prefix is None or (prefix.isdigit() and not metadata.national_prefix_transform_rule)
    return _Plan(
        code=str(metadata.country_code),
        lengths=frozenset(general.possible_length),
        prefix=(prefix or "") if literal else None,
        prefixes=re.compile(prefix) if prefix else None,
        general=re.compile(general.national_number_pattern),
        abroad=re.compile(metadata.international_prefix or "(?!)"),
    )
