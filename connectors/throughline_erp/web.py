"""Every HTTP call of a connector: timeouts, retries, waiting as asked, and its errors."""

from __future__ import annotations

import datetime
import email.utils
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import requests
import tenacity

from throughline.errors import AccessError, ChannelUnavailableError, ConfigurationError

TRIES = 5
LONGEST_WAIT = 60.0
TIMEOUT = (10.0, 120.0)
LATER = frozenset({408, 409, 423, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered: its status, its time, the JSON, and the bytes that it came in.

    Write records of `value` with `throughline.connector.record_text`: badly encoded texts hold
    lone surrogates, which other writers of JSON refuse.
    """

    status: int
    at: datetime.datetime
    value: Any = field(repr=False)
    content: bytes = field(repr=False)


class NotYetError(Exception):
    """The call may succeed later; `wait` is how long the server asks us to wait."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.wait = reason, wait


class Web:
    """Calls one system. Neither addresses' passwords nor bodies are in any error or log."""

    def __init__(
        self,
        connection: str,
        *,
        headers: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connection, self._sleep = connection, sleep
        self._session = requests.Session()
        self._session.auth = _as_it_is
        self._session.headers.update({"Accept": "application/json", **(headers or {})})

    def get(
        self, url: str, params: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Get JSON. Raises ChannelUnavailableError or AccessError; other statuses are returned.

        Raises ConfigurationError for one that leads elsewhere: the credentials don't go along.
        """
        return self._call("GET", url, params=params, headers=headers)

    def post(self, url: str, body: Any, headers: Mapping[str, str]) -> Answer:
        """Post JSON to a method that only reads, so that it may be tried again."""
        headers = {"Content-Type": "application/json", **headers}
        return self._call("POST", url, data=orjson.dumps(body), headers=headers)

    def _call(self, method: str, url: str, **request: Any) -> Answer:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_worth_another_try),
            stop=tenacity.stop_after_attempt(TRIES),
            wait=_pause,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            answer: Answer = retrying(self._once, method, url, request)
        except NotYetError as error:
            raise ChannelUnavailableError(
                self._connection, reason=error.reason, retry_after=error.wait
            ) from None
        if answer.status in (401, 403):
            raise AccessError(
                self._connection, f"access refused ({answer.status}); renew the credentials"
            )
        return answer

    def _once(self, method: str, url: str, request: Mapping[str, Any]) -> Answer:
        try:
            response = self._session.request(
                method, url, timeout=TIMEOUT, allow_redirects=False, **request
            )
        except requests.Timeout:
            raise NotYetError("no answer in time") from None
        except requests.RequestException as error:
            raise NotYetError(f"the call failed: {type(error).__name__}") from None
        at = _date(response.headers.get("Date")) or datetime.datetime.now(datetime.UTC)
        if response.status_code in LATER or response.status_code >= 500:
            wait = seconds_asked(response.headers.get("Retry-After"), at)
            raise NotYetError(f"status {response.status_code}", wait)
        if response.is_redirect:
            raise ConfigurationError(
                f"{self._connection}: the server leads to another address (status"
                f" {response.status_code}); if that is meant, name it as `url`"
            )
        try:
            value = parsed(response.content)
        except (ValueError, RecursionError):
            if response.ok:
                raise NotYetError("the answer is cut off, or is no JSON") from None
            value = None
        return Answer(status=response.status_code, at=at, value=value, content=response.content)


def parsed(content: bytes) -> Any:
    """Return the value of JSON; bytes that are no UTF-8 become lone surrogates in its texts.

    Waiting doesn't mend one badly encoded record, and the others must not wait for it.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return json.loads(content.decode("utf-8", "surrogateescape"))


def seconds_asked(header: str | None, now: datetime.datetime) -> float | None:
    """Return how long a Retry-After header asks us to wait; None if it can't be understood."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    date = _date(header)
    return max((date - now).total_seconds(), 0.0) if date else None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep a .netrc from replacing the connection's own credentials."""
    return request


def _date(header: str | None) -> datetime.datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def _worth_another_try(error: BaseException) -> bool:
    """A server that asks for more than a minute is left alone until the next run."""
    return isinstance(error, NotYetError) and (error.wait or 0.0) <= LONGEST_WAIT


def _pause(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, NotYetError) else None
    return asked if asked is not None else float(min(0.5 * 2**state.attempt_number, 30.0))
