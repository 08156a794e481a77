"""Who may ask, and how many at once: settings of the operator, for the routes under ``/v1``."""

import hmac
from typing import Any

from service.problems import RETRY_AFTER, ProblemError

PREFIX = "/token/"
"""Before the path of a sheet that has no headers: ``/token/<token>/v1/…``."""


def without_token(path: str) -> dict[str, str]:
    """Take a sheet's token off the start of a path."""
    token, slash, rest = path.removeprefix(PREFIX).partition("/")
    if path.startswith(PREFIX) and slash:
        return {"path": f"/{rest}", "token": token}
    return {"path": path}


def admit(request: Any) -> None:
    """Let a request in, if there is room for it and its sender is known.

    Raises
    ------
    ProblemError
        503 where as many as may be are in flight, 401 where the sender is not known.
    """
    if not request.scope["path"].startswith("/v1/"):
        return
    settings = request.app.state.settings
    if request.app.in_flight > settings.max_concurrent:
        said = (
            f"{settings.max_concurrent} requests are in flight; try again in {RETRY_AFTER} seconds"
        )
        raise ProblemError("overloaded", f"{said}, as Retry-After says")
    if not settings.restricted:
        return
    token = request.scope.get("token")
    if token is None and _known(_key(request.headers), settings.api_keys):
        return
    if token is not None and request.method == "GET" and _known(token, settings.sheet_tokens):
        return
    said = (
        "the token of the path is not known, or does more than read"
        if token
        else "no known key; send it as X-API-Key or Authorization: Bearer, a sheet in the path:"
        " /token/<token>/v1/…"
    )
    raise ProblemError("not-authorized", said)


def _key(headers: Any) -> str:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return str(headers.get("x-api-key", bearer.strip() if scheme.lower() == "bearer" else ""))


def _known(given: str, known: tuple[str, ...]) -> bool:
    """Compare each in a time that tells nothing of it."""
    return any(hmac.compare_digest(given.encode(), one.encode()) for one in known)
