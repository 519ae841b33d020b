"""The demo's own organisation: its domains, numbers and staff, who are never customers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One of our staff, who answers mail and telephone."""

    name: str
    email: str
    extension: str
    department: str


NAME = "Lichtwerk Handels GmbH"
SHORT_NAME = "Lichtwerk"
DOMAIN = "lichtwerk.example"
SALES, SERVICE = f"sales@{DOMAIN}", f"service@{DOMAIN}"
NUMBER = "+493055501"
PILOT = "30555010"
AGENTS = tuple(
    Agent(
        name=name,
        email=f"{name.lower().replace(' ', '.').replace('ö', 'oe').replace('ü', 'ue')}@{DOMAIN}",
        extension=extension,
        department=department,
    )
    for name, extension, department in (
        ("Anna Brückner", "201", "sales"),
        ("Carlos Vega", "202", "sales"),
        ("Jonas Lindqvist", "203", "sales"),
        ("Mei Tan", "204", "sales"),
        ("Petra Schönfeld", "211", "service"),
        ("Luc Marchal", "212", "service"),
        ("Oliver Grant", "213", "service"),
        ("Ida Holmgaard", "214", "service"),
        ("Farid Rahimi", "221", "accounting"),
    )
)


def team(department: str) -> list[Agent]:
    return [agent for agent in AGENTS if agent.department == department]


def write_organisation(file: Path) -> None:
    """The organisation in the form of throughline.yaml's section of that name."""
    document = {
        "name": NAME,
        "domains": [DOMAIN],
        "mailing_lists": [f"team@{DOMAIN}", "news@leuchten-branche.example"],
        "no_reply": ["no-reply@", "noreply@", "do-not-reply@", "newsletter@", "mailer-daemon@"],
        "extensions": ["2XX", "900", "901"],
        "numbers": [NUMBER + "0", *(NUMBER + agent.extension for agent in AGENTS)],
        "staff": [
            {"name": agent.name, "email": agent.email, "extension": agent.extension}
            for agent in AGENTS
        ],
    }
    file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
