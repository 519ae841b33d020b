"""A home: the folder that one installation lives in, read and checked as a whole.

Reading order: `yaml_positions` reads a file with its lines, `explain` turns a schema's refusal
into a sentence, `load` puts the home together, `connectors` opens what it names.
"""

from throughline.home.load import find_home, load_home
from throughline.home.organisation import Organisation, StaffMember
from throughline.home.secrets import EnvironmentSecrets, SecretResolver
from throughline.home.values import ConnectionConfig, Defaults, Feed, Home, Sink

__all__ = [
    "ConnectionConfig",
    "Defaults",
    "EnvironmentSecrets",
    "Feed",
    "Home",
    "Organisation",
    "SecretResolver",
    "Sink",
    "StaffMember",
    "find_home",
    "load_home",
]
