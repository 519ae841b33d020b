"""Ask a Tryton server for rows: by JSON-RPC with a login, or by REST with a user's key."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from throughline.errors import AccessError, ChannelUnavailableError, ConfigurationError
from throughline_erp.web import Answer, Web

Row = dict[str, Any]
Domain = Sequence[Any]
Order = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows as the server wrote them, and the bytes that they came in."""

    rows: list[Row] = field(repr=False)
    content: bytes = field(repr=False)


class Server(Protocol):
    """What the reading needs of a server. All rows are meant, inactive ones too."""

    def now(self) -> datetime.datetime:
        """Return the server's time."""
        ...

    def search(
        self, model: str, domain: Domain, order: Order, limit: int, fields: Sequence[str]
    ) -> Found:
        """Return rows of a model that meet a domain; fields that it lacks are left out."""
        ...


class RpcServer:
    """Tryton's JSON-RPC, at `/DATABASE/rpc/` (newer) or `/DATABASE/` (up to 6)."""

    def __init__(self, web: Web, connection: str, url: str, user: str, password: str) -> None:
        self._web, self._connection, self._url = web, connection, url
        self._user, self._password = user, password
        self._path: str | None = None
        self._headers: dict[str, str] = {}
        self._context: dict[str, Any] = {}
        self._fields: dict[str, frozenset[str]] = {}
        self._at = datetime.datetime.now(datetime.UTC)

    def now(self) -> datetime.datetime:
        """Return the time of the server's answer to a call."""
        self._login()
        return self._at

    def search(
        self, model: str, domain: Domain, order: Order, limit: int, fields: Sequence[str]
    ) -> Found:
        """Search and read in one call, so that no row can change in between."""
        there = self._fields_of(model)
        wanted = [name for name in fields if name.partition(".")[0] in there]
        context = {**self._context, "active_test": False}
        arguments = [domain, 0, limit, order, wanted, context]
        answer = self._model_call(f"model.{model}.search_read", arguments)
        return Found(rows=answer.value["result"], content=answer.content)

    def _fields_of(self, model: str) -> frozenset[str]:
        if model not in self._fields:
            answer = self._model_call(f"model.{model}.fields_get", [[], self._context])
            self._fields[model] = frozenset(answer.value["result"])
        return self._fields[model]

    def _model_call(self, method: str, arguments: Sequence[Any]) -> Answer:
        """Call with the session; log in again once if it has ended."""
        if not self._headers:
            self._login()
        try:
            answer = self._call(method, arguments)
        except AccessError:
            self._login()
            answer = self._call(method, arguments)
        return answer

    def _login(self) -> None:
        self._headers = {}
        credentials = [self._user, {"password": self._password}, "en"]
        answer = self._call("common.db.login", credentials)
        if not answer.value.get("result"):
            raise AccessError(self._connection, "user or password is wrong")
        user_id, session, *_ = answer.value["result"]
        token = base64.b64encode(f"{self._user}:{user_id}:{session}".encode()).decode()
        self._headers = {"Authorization": f"Session {token}"}
        if not self._context:
            preferences = self._call("model.res.user.get_preferences", [True, {}])
            self._context = preferences.value["result"]

    def _call(self, method: str, arguments: Sequence[Any]) -> Answer:
        body = {"id": 0, "method": method, "params": arguments}
        for path in [self._path] if self._path is not None else ["rpc/", ""]:
            answer = self._web.post(f"{self._url}/{path}", body, self._headers)
            if answer.status not in (404, 405):
                break
        else:
            raise ConfigurationError(
                f"{self._connection}: no Tryton database there; look at `url` and `database`"
            )
        if answer.status >= 400 or not isinstance(answer.value, dict):
            raise ChannelUnavailableError(self._connection, reason=f"status {answer.status}")
        self._path, self._at = path, answer.at
        if error := answer.value.get("error"):
            raise _refusal(self._connection, method, error)
        return answer


def _refusal(connection: str, method: str, error: Sequence[Any]) -> Exception:
    """Return what an error of Tryton means for us, without its text: it may name people."""
    kind = str(error[0]) if error else ""
    if kind.startswith(("UserError", "AccessError")):
        return ConfigurationError(
            f"{connection}: Tryton refused {method}; may its user read this model?"
        )
    if kind.startswith("'") or "KeyError" in str(error[-1:]):
        return ConfigurationError(
            f"{connection}: Tryton does not know {method}; is the module installed? "
            "`streams` in the settings can leave it out"
        )
    return ChannelUnavailableError(connection, reason=f"Tryton reported an error in {method}")


class RestServer:
    """Tryton's REST interface (7 and newer), by the key of a user application named `rest`."""

    def __init__(self, web: Web, connection: str, url: str, key: str) -> None:
        self._web, self._connection, self._url = web, connection, url
        context = _packed({"active_test": False})
        self._headers = {"Authorization": f"bearer {key}", "X-Tryton-Context": context}

    def now(self) -> datetime.datetime:
        """Return the time of the server's answer to a call."""
        return self._get("party.party", {"s": 1, "f": ["id"]}).at

    def search(
        self, model: str, domain: Domain, order: Order, limit: int, fields: Sequence[str]
    ) -> Found:
        """Search and read in one call."""
        params = {"d": _packed(domain), "o": _packed(order), "s": limit, "f": list(fields)}
        answer = self._get(model, params)
        return Found(rows=answer.value, content=answer.content)

    def _get(self, model: str, params: Mapping[str, Any]) -> Answer:
        answer = self._web.get(f"{self._url}/rest/model/{model}", params, self._headers)
        if answer.status >= 400 or not isinstance(answer.value, list):
            raise ConfigurationError(
                f"{self._connection}: Tryton refused to list {model} (status {answer.status}); "
                "is the module installed, may the key's user read it?"
            )
        return answer


def _packed(value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode()
