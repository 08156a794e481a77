"""Keys, tokens and the limit of concurrent requests: set by the operator, for ``/v1`` and pages."""

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from service.http.safety import PLANS
from service.problems import RETRY_AFTER, RETRY_KEY_AFTER, ProblemError

LIMITED = ("/v1/", PLANS)
"""What the paths of requests begin with that are limited; all others are open to everyone.

On a page even a form that is sent only reads.
"""
PREFIX = "/token/"
"""Before the path of a sheet that has no headers: ``/token/<token>/v1/…``."""


def without_token(path: str) -> dict[str, str]:
    """Take a sheet's token off the start of a path."""
    token, slash, rest = path.removeprefix(PREFIX).partition("/")
    if path.startswith(PREFIX) and slash:
        return {"path": f"/{rest}", "token": token}
    return {"path": path}


class Places:
    """Room for requests under ``/v1``; a request has a place from when all of it is there."""

    def __init__(self, most: int) -> None:
        self.most, self.taken = most, 0

    def look_for(self) -> None:
        """Check that there is room for another request.

        Raises
        ------
        ProblemError
            503 if every place is taken.
        """
        if self.taken >= self.most:
            message = f"{self.most} requests are in flight; try again in {RETRY_AFTER} seconds"
            raise ProblemError("overloaded", f"{message}, as Retry-After says")

    def take(self, scope: Any) -> None:
        """Give a request a place, unless it has one."""
        if not scope.get("placed"):
            self.look_for()
            self.taken += 1
            scope["placed"] = True

    def leave(self, scope: Any) -> None:
        """Leave the place that a request may have taken."""
        self.taken -= scope.get("placed", False)


class Failures:
    """Requests without a known key, by the address of their client."""

    MOST = 60
    """So many of one address are told what is wrong, within the time of ``RETRY_KEY_AFTER``."""
    MOST_ADDRESSES = 10_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counted: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def count(self, address: str) -> None:
        """Count a request of an address; the addresses that came first are forgotten.

        Raises
        ------
        ProblemError
            429 where there were too many of late.
        """
        now = self._clock()
        since, count = self._counted.get(address, (now, 0))
        if now - since >= RETRY_KEY_AFTER:
            since, count = now, 0
        self._counted[address] = since, count + 1
        if len(self._counted) > self.MOST_ADDRESSES:
            self._counted.popitem(last=False)
        if count >= self.MOST:
            message = f"more than {self.MOST} requests of this address had no known key"
            wait = f"try again in {RETRY_KEY_AFTER} seconds, as Retry-After says"
            raise ProblemError("too-many-failures", f"{message}; {wait}")


def admit(request: Any) -> None:
    """Let a request in, if there is room for it and its sender is known.

    One with a body finds room here, but takes its place when the body is there.

    Raises
    ------
    ProblemError
        503 where as many as may be are in flight, 401 where the sender is not known, 429 where too
        many senders of the same address were not.
    """
    if not limited(request.scope):
        return
    _identify(request)
    places: Places = request.app.state.places
    if request.method == "GET":
        places.take(request.scope)
    else:
        places.look_for()


def limited(scope: Any) -> bool:
    """Return whether a request is limited."""
    return bool(scope["path"].startswith(LIMITED))


def _identify(request: Any) -> None:
    settings = request.app.state.settings
    if not settings.restricted:
        return
    token = request.scope.get("token")
    if token is None and _known(_key(request.headers), settings.api_keys):
        return
    reads = request.method == "GET" or request.scope["path"].startswith(PLANS)
    if token is not None and reads and _known(token, settings.sheet_tokens):
        return
    request.app.state.failures.count(request.client.host if request.client else "")
    message = (
        "the token of the path is not known, or was used for more than reading"
        if token
        else "no known key; send it as X-API-Key or Authorization: Bearer, a sheet in the path:"
        " /token/<token>/v1/…"
    )
    raise ProblemError("not-authorized", message)


def _key(headers: Any) -> str:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return str(headers.get("x-api-key", bearer.strip() if scheme.lower() == "bearer" else ""))


def _known(given: str, known: tuple[str, ...]) -> bool:
    """Compare each in a time that tells nothing of it."""
    return any(hmac.compare_digest(given.encode(), one.encode()) for one in known)
