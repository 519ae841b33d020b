"""Every error that Throughline raises on purpose, grouped by what the reader does next.

    ThroughlineError
    ├── ConfigurationError            mend the home's files (exit code 2)
    │   ├── InvalidHomeError          every mistake found, each with file, line and path
    │   ├── RulesDeleteError          changed rules make nothing of very many records
    │   ├── MassEmptyError            a delivery empties a field of very many records
    │   └── UnknownNameError          a connection, stream or command argument that does not exist
    ├── RetryableError                wait and run again; nothing is lost (exit code 75)
    │   ├── ChannelUnavailableError   the channel did not answer, or asked us to slow down
    │   ├── StoreUnavailableError     the customer store did not answer
    │   ├── LandingUnavailableError   the landing's folder or bucket can't be used
    │   ├── SinkUnavailableError      a consumer's broker did not take the events
    │   ├── MassDeleteError           a complete listing misses very many records
    │   ├── BusyError                 another run holds the lock
    │   └── StoppedError              the run was asked to end (exit code 128 and the signal)
    ├── AccessError                   renew the credentials (exit code 77)
    ├── CursorGoneError               read the feed again from its beginning
    ├── LandingError                  put the landing's file back from a backup
    ├── StoreError                    look at the store
    │   ├── NewerSchemaError          the store was made by a newer release
    │   └── StoreMoveError            a backup, restore or move did not finish
    └── DefectError                   report a bug (exit code 70)

Messages name the way out. They never hold personal data or secrets.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from throughline import mass_delete


class ThroughlineError(Exception):
    """Root of the tree; `exit_code` is what the command line ends with."""

    exit_code = 1


class ConfigurationError(ThroughlineError):
    """Something in the home's files or in the command's arguments must be mended."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake in one file: where it is, and how to mend it."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.message}"


class InvalidHomeError(ConfigurationError):
    """The home's files hold mistakes; all of them are listed at once."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)


class UnknownNameError(ConfigurationError):
    """A name was given that does not exist; `hint` (`; did you mean …?`) offers those that do."""

    def __init__(self, kind: str, name: str, hint: str = "") -> None:
        super().__init__(f"no {kind} `{name}`{hint}")
        self.kind, self.name = kind, name


class RulesDeleteError(ConfigurationError):
    """Changed rules make nothing of so many records that a person must say whether it is meant."""


class MassEmptyError(ConfigurationError):
    """A delivery leaves a field of so many records empty that a person must say if it is meant."""

    def __init__(self, connection: str, stream: str, *, fields: Sequence[tuple[str, int]]) -> None:
        lost = ", ".join(f"`{field}` ({had} had it)" for field, had in fields)
        super().__init__(
            f"{connection}.{stream}: none of the changed records has {lost} any more; their"
            " delivery waits, and what is known stays. If the source gives it another name now,"
            f" mend the rule: `throughline check {connection}` and `throughline preview"
            f" {connection} {stream}` show what there is. If it is meant, {mass_delete.WAY_ON}"
        )
        self.connection, self.stream, self.fields = connection, stream, tuple(fields)


class RetryableError(ThroughlineError):
    """Nothing is lost: run again later."""

    exit_code = 75


class ChannelUnavailableError(RetryableError):
    """The channel did not answer, or asked us to slow down."""

    def __init__(
        self, connection: str, *, reason: str = "no answer", retry_after: float | None = None
    ) -> None:
        super().__init__(
            f"{connection}: not available ({reason}); the next run continues where this one stopped"
        )
        self.connection, self.reason, self.retry_after = connection, reason, retry_after


class StoreUnavailableError(RetryableError):
    """The customer store did not answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the customer store does not answer ({reason}); "
            "see `throughline store url`, then `throughline store start` if it is the embedded one"
        )
        self.reason = reason


class SinkUnavailableError(RetryableError):
    """A consumer's broker can't be reached or took no events; its position stays where it was."""

    def __init__(self, sink: str, reason: str) -> None:
        super().__init__(
            f"{sink}: the broker can't be reached or did not confirm ({reason}); look at it and at"
            " the sink's url; the next run sends what was not confirmed"
        )
        self.sink, self.reason = sink, reason


class BusyError(RetryableError):
    """Another run holds the lock that this one needs."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is being worked on by another run; try again when it has ended")
        self.what = what


class MassDeleteError(RetryableError):
    """A complete listing misses so many records that a person must say whether they are gone."""

    def __init__(self, connection: str, stream: str, *, missing: int, known: int) -> None:
        super().__init__(
            f"{connection}.{stream}: the listing misses {missing} of {known} records; nothing was"
            f" deleted. Look at the source; if they are really gone, {mass_delete.WAY_ON}"
        )
        self.connection, self.stream = connection, stream
        self.missing, self.known = missing, known


class StoppedError(RetryableError):
    """The run was asked to end by signal `number`; what was done so far is kept."""

    def __init__(self, number: int) -> None:
        super().__init__(
            "stopped as asked, after the current batch; the next run goes on from here"
        )
        self.number = number
        self.exit_code = 128 + number


HELD = (MassDeleteError, RulesDeleteError, MassEmptyError)
"""With these a stream waits until a person says whether it is meant; the others go on."""


def outcome(error: BaseException) -> str:
    """Return in one word how a run ended that raised this: `held` where a stream waits so."""
    return "held" if isinstance(error, HELD) else "failed"


DEBUG = "THROUGHLINE_DEBUG"
"""The environment variable with which a defect shows its traceback, as `--debug` sets it."""


class AccessError(ThroughlineError):
    """A channel or a broker refused our credentials, or they lack a right."""

    exit_code = 77

    def __init__(self, connection: str, message: str) -> None:
        super().__init__(f"{connection}: {message}")
        self.connection = connection


class CursorGoneError(ThroughlineError):
    """The feed can't go on from this cursor: it counts in another epoch, or lies beyond the end."""

    def __init__(self, cursor: str, *, epoch: str) -> None:
        why = f"the store was restored or made anew (its epoch is {epoch})"
        if cursor.startswith(f"{epoch}."):
            why = "it lies beyond the feed's end"
        super().__init__(
            f"the feed can't go on from cursor {cursor}: {why}; "
            "forget what was read and read again without a cursor"
        )
        self.cursor, self.epoch = cursor, epoch


class LandingError(ThroughlineError):
    """The landing can't be read: a file that the store names is not there, or is damaged."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"the landing's file {path} is missing or damaged; put it back from a backup of the"
            " landing, and run again"
        )
        self.path = path


class LandingUnavailableError(RetryableError):
    """The landing's folder or bucket can't be used: full, not ours to write, or out of reach."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the landing can't be used: {reason}; mend that (throughline.yaml names it as"
            " `landing.url`, else it is data/landing in the home), and run again"
        )


class StoreError(ThroughlineError):
    """The customer store can't be used as it is."""


class NewerSchemaError(StoreError):
    """The store was migrated by a newer release than this one."""

    exit_code = 2

    def __init__(self, *, found: int, known: int) -> None:
        super().__init__(
            f"the store has schema version {found}, this release knows {known}; "
            "install a newer Throughline, or restore a backup made by this one"
        )
        self.found, self.known = found, known


class StoreMoveError(StoreError):
    """A backup, restore or move did not finish; the store it read from is unchanged."""


class DefectError(ThroughlineError):
    """Something that can't happen did; please report it."""

    exit_code = 70

    @classmethod
    def of(cls, error: Exception) -> DefectError:
        """Return what is told of an error from outside this tree: its kind, not its words."""
        return cls(
            f"something that can't happen did ({type(error).__name__}); "
            "please report it, with what the same command prints with --debug"
        )


def worst(exit_codes: Collection[int]) -> int:
    """Return the code of the worst error: the highest, but one that passes counts least; else 0."""
    failed = set(exit_codes) - {0}
    lasting = failed - {RetryableError.exit_code}
    return max(lasting or failed, default=0)
