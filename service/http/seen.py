"""Each request as an operator sees it: its id, one line of the log, and its part in the metrics.

A line has the route, not the path: paths hold tokens, and queries what clients plan.
"""

import logging
import random
import re
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from msgspec import UNSET

from service import problems
from service.counting import Count, counted
from service.http import metrics
from service.logs import Line, access

ID = b"x-request-id"
SANE = re.compile(rb"[A-Za-z0-9._:+/=-]{1,128}")
"""Matches the ids that are taken from clients and proxies."""
LEFT = 499
"""The status of a request whose client left before its answer began, as nginx has it."""
WORTH_A_LOOK = frozenset(map(int, (401, 408, 413, 429, 431, 503)))
"""The statuses of requests that are refused though they may well be sound."""

NAMES = {logging.INFO: "info", logging.WARNING: "warning", logging.ERROR: "error"}


def new_id() -> str:
    """Return an id that no other request has."""
    return f"{random.getrandbits(128):032x}"


def identified(scope: Any) -> str:
    """Return the id of a request, which it gets where it has none."""
    if "request_id" not in scope:
        given = next((value for name, value in scope["headers"] if name == ID), b"")
        scope["request_id"] = given.decode() if SANE.fullmatch(given) else new_id()
    return str(scope["request_id"])


def begun(scope: Any) -> float:
    """Return when a request began, on the clock of the machine [s]: now, where it has not yet."""
    return float(scope.setdefault("begun", time.monotonic()))


def refused(slug: str, seconds: float, size: int) -> str:
    """Tell of a request that was refused before it was whole, by some bytes.

    Return the id that it gets.
    """
    since = time.monotonic() - seconds
    request = Seen({"method": "none", "headers": (), "begun": since})
    request.scope |= {"refused": slug, "told": size}
    request.ended({})
    return request.id


class Seen:
    """One request, from its head to the end of its answer."""

    __slots__ = ("begun", "bytes", "done", "id", "scope", "status")

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        self.begun = begun(scope)
        self.status = LEFT
        self.bytes = 0
        self.done = Count()
        counted.set(self.done)
        self.id = identified(scope)
        metrics.began()

    def ended(self, routed: Any) -> None:
        """Tell how a request ended, unless it goes on elsewhere; a scope says how it was routed."""
        if "handed_over" in self.scope:
            metrics.handed_over()
            return
        problem = self.scope.get("refused", "")
        if problem:
            self.status = problems.KINDS[problem].status
            self.bytes = self.scope.get("told", self.bytes)
        elif self.status == LEFT:
            self.bytes = 0
        else:
            problem = routed.get("problem", "")
        if self.status >= HTTPStatus.BAD_REQUEST:
            self.done.rows = self.done.unpriced = 0
        route, method = routed.get("path_template") or metrics.NO_ROUTE, self.scope["method"]
        seconds = time.monotonic() - self.begun
        metrics.ended(method, route, self.status, seconds, problem, self.done)
        level = _level(self.status)
        line = Line(
            datetime.now(UTC),
            NAMES[level],
            "request",
            self.id,
            method,
            route,
            self.status,
            round(seconds, 6),
            self.done.rows,
            self.bytes,
            problem or UNSET,
        )
        access.write(level, line)


def _level(status: int) -> int:
    """Return the level of a request's line by its status."""
    if status in WORTH_A_LOOK:
        return logging.WARNING
    return logging.ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO
