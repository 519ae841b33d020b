"""Errors as problem+json (RFC 9457), without personal data."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from throughline.errors import CursorGoneError, RetryableError, ThroughlineError

PROBLEM = "application/problem+json"
NOT_KEPT = {"Cache-Control": "no-store"}
"""The headers of every answer: it may hold personal data, or be another one at once."""


def problem(status: int, title: str, detail: str, **more: Any) -> JSONResponse:
    """Return a problem's answer."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    headers |= {"Retry-After": "5"} if status == 503 else {}
    headers |= NOT_KEPT
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, headers, media_type=PROBLEM)


def described(more: dict[int | str, str]) -> dict[int | str, dict[str, Any]]:
    """Return the problems that a route of /v1 may answer with, for the API's description."""
    texts = {
        401: "An API key is needed.",
        422: "The request can't be understood.",
        503: "The store does not answer: ask again after the seconds of Retry-After.",
        **more,
    }
    body = {PROBLEM: {"schema": _SCHEMA}}
    return {status: {"description": text, "content": body} for status, text in texts.items()}


def explain_problems(app: FastAPI) -> None:
    """Let every error of the application come out as a problem."""

    @app.exception_handler(HTTPException)
    def http(_request: Request, error: HTTPException) -> JSONResponse:
        title = _TITLES.get(error.status_code, "Error")
        answer = problem(error.status_code, title, error.detail)
        answer.headers.update(error.headers or {})  # which methods are allowed, by 405
        return answer

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        said = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
        )
        return problem(422, _TITLES[422], said)

    @app.exception_handler(CursorGoneError)
    def gone(_request: Request, error: CursorGoneError) -> JSONResponse:
        return problem(
            410, "The cursor is gone", str(error), resync="/v1/changes", epoch=error.epoch
        )

    @app.exception_handler(RetryableError)
    def later(_request: Request, _error: RetryableError) -> JSONResponse:
        return problem(
            503, "Not available now", "the customer store does not answer; ask again later"
        )

    @app.exception_handler(ThroughlineError)
    def failed(_request: Request, error: ThroughlineError) -> JSONResponse:
        return problem(500, "The request failed", type(error).__name__)

    @app.exception_handler(Exception)
    def unexpected(_request: Request, error: Exception) -> JSONResponse:
        return problem(500, "The request failed", type(error).__name__)


_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_TITLES = {
    401: "An API key is needed",
    404: "Not found",
    405: "The method is not allowed here",
    422: "The request can't be understood",
}
