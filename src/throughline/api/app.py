"""The HTTP API: pull the feed, read a customer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from throughline import __version__
from throughline.api.answers import ChangesPage, CustomerAnswer, Health
from throughline.api.keys import holder_of
from throughline.api.problems import NOT_KEPT, described, explain_problems
from throughline.customers import customer, timeline
from throughline.errors import ThroughlineError
from throughline.publish import Cursor, feed_head, read_feed
from throughline.store import Connection, store_errors

OpenConnection = Callable[[], Connection]

LONGEST_PAGE = 1_000
LONGEST_WAIT = 30.0
POLL_SECONDS = 0.25
EVENTS = "application/cloudevents-batch+json"

_BEARER = HTTPBearer(auto_error=False, description="An API key.")


class _Service:
    """What the routes share: how to reach the store, and the feed's name."""

    def __init__(
        self, open_connection: OpenConnection, source: str, given_key: bytes | None
    ) -> None:
        self._open = open_connection
        self.source = source
        self._given_key = given_key

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Open the store for one request."""
        with store_errors(), self._open() as connection:
            yield connection

    def caller(
        self, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> str:
        """Return the name of the key that a request carries; answer 401 without a valid one."""
        if credentials is not None:
            with self.connection() as connection:
                name = holder_of(connection, credentials.credentials, self._given_key)
            if name is not None:
                return name
        raise HTTPException(401, "send `Authorization: Bearer <API key>`")


def create_app(
    open_connection: OpenConnection, *, source: str = "throughline", given_key: bytes | None = None
) -> FastAPI:
    """Return the application; every request opens a session of its own on the store.

    All of /v1 needs an API key: one of `create_api_key`, or that of which `given_key` is the hash.
    Errors are problem+json.
    """
    service = _Service(open_connection, source, given_key)
    app = FastAPI(
        title="Throughline",
        version=__version__,
        description="The merged feed and the golden records of one customer store.",
        docs_url=None,  # such pages load other people's scripts, beside which a key would be typed
        redoc_url=None,
        redirect_slashes=False,  # to a host that the caller names, and maybe without TLS
    )
    explain_problems(app)
    _add_health(app, service)
    _add_changes(app, service)
    _add_customer(app, service)
    return app


def _add_health(app: FastAPI, service: _Service) -> None:
    silent: dict[int | str, dict[str, Any]] = {
        503: {"model": Health, "description": "The store does not answer."}
    }

    @app.get("/healthz", response_model=Health, responses=silent, tags=["operations"])
    def healthz() -> Response:
        """Say whether the store answers: 200, or 503."""
        try:
            with service.connection() as connection:
                connection.execute("SELECT 1")
        except ThroughlineError:
            return _json({"status": "the store does not answer"}, status=503)
        return _json({"status": "ok"})


def _add_changes(app: FastAPI, service: _Service) -> None:
    @app.get(
        "/v1/changes",
        response_model=ChangesPage,
        responses={
            200: {"content": {EVENTS: {"schema": {"type": "array", "items": {"type": "object"}}}}},
            **described({410: "The cursor is of another epoch: read again without one."}),
        },
        dependencies=[Depends(service.caller)],
        tags=["feed"],
    )
    async def changes(
        request: Request,
        cursor: Annotated[str | None, Query(description="From the last answer; none: all.")] = None,
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 100,
        wait: Annotated[
            float, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for a change.")
        ] = 0,
    ) -> Response:
        """Return the changes after a cursor, in order, and the cursor to go on from.

        With `Accept: application/cloudevents-batch+json` the answer is the bare batch; cursor and
        more are then in the headers Throughline-Cursor and Throughline-More.
        """
        deadline = time.monotonic() + wait
        page = await run_in_threadpool(_page, service, _cursor(cursor), limit)
        while not page["events"] and time.monotonic() < deadline:
            await asyncio.sleep(POLL_SECONDS)  # not in a thread: who waits keeps nobody waiting
            page = await run_in_threadpool(_page, service, _cursor(cursor), limit)
        if EVENTS in request.headers.get("accept", ""):
            more = "true" if page["more"] else "false"
            place = {"Throughline-Cursor": page["cursor"], "Throughline-More": more}
            body = orjson.dumps(page["events"])
            return Response(body, headers={**place, **NOT_KEPT}, media_type=EVENTS)
        return _json(page)


def _page(service: _Service, after: Cursor | None, limit: int) -> dict[str, Any]:
    """Read a page of the feed."""
    with service.connection() as connection:
        head = feed_head(connection)
        events = list(read_feed(connection, after, limit, source=service.source))
    last = after.position if after else 0
    last = events[-1].position if events else last
    return {
        "events": [event.as_dict() for event in events],
        "cursor": str(Cursor(epoch=head.epoch, position=last)),
        "more": last < head.position,
    }


def _add_customer(app: FastAPI, service: _Service) -> None:
    @app.get(
        "/v1/customers/{customer_id}",
        response_model=CustomerAnswer,
        responses=described({404: "No such customer, or nothing is left of it."}),
        dependencies=[Depends(service.caller)],
        tags=["customers"],
    )
    def read_customer(
        customer_id: UUID,
        with_timeline: Annotated[
            bool, Query(alias="timeline", description="Add all that happened.")
        ] = False,
    ) -> Response:
        """Return a golden record. A retired id answers with the customer it became."""
        with service.connection() as connection:
            found = customer(connection, customer_id)
            if found is None:
                raise HTTPException(404, "no customer has this id, or nothing is left of it")
            answer = CustomerAnswer.of(found)
            if with_timeline:
                answer["timeline"] = timeline(connection, found.customer_id)
        return _json(answer)


def _cursor(text: str | None) -> Cursor | None:
    if not text:
        return None
    try:
        return Cursor.parse(text)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, NOT_KEPT, media_type="application/json")
