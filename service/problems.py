"""Problems as RFC 9457 has them: what went wrong, where, why, and what to send instead."""

import logging
import re
from collections.abc import Iterator, Sequence
from errno import EACCES, EAGAIN, EDQUOT, EMFILE, ENFILE, ENOENT, ENOMEM, ENOSPC, EROFS
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.status_codes import (
    HTTP_400_BAD_REQUEST,
    HTTP_404_NOT_FOUND,
    HTTP_500_INTERNAL_SERVER_ERROR,
)
from msgspec import UNSET, Struct, UnsetType

from pricing.errors import UnknownServiceError
from pricing.model import service

PROBLEM_JSON = "application/problem+json"
MOST = 1000
"""So many violations are listed; of a request with more only that is told."""


class Violation(Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with a request, and where it stands."""

    detail: str
    """What is wrong and what to send instead."""
    pointer: str | UnsetType = UNSET
    """JSON pointer (RFC 6901) into the body."""
    parameter: str | UnsetType = UNSET
    """Name of the query parameter."""
    row: int | UnsetType = UNSET
    """Row of a sheet, from 1 as it shows it; of record batches from 0."""
    column: str | UnsetType = UNSET
    """Name of the column of a sheet."""
    cell: str | UnsetType = UNSET
    """The cell, as a sheet names it: C7."""


class Problem(Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Violation] | UnsetType = UNSET
    """Every violation found, in the order of the request."""


class ProblemKind(Struct, frozen=True):
    """What a kind of problem means and how to mend it."""

    slug: str
    title: str
    status: int
    meaning: str
    remedy: str


KINDS = {
    kind.slug: kind
    for kind in (
        ProblemKind(
            "malformed-body",
            "The body cannot be read",
            400,
            "The body is empty, is not UTF-8, or is not the JSON or MessagePack it claims to be.",
            "Send one JSON or MessagePack document with the Content-Type that names it.",
        ),
        ProblemKind(
            "invalid-request",
            "The request breaks the contract",
            400,
            "Fields or parameters are unknown, missing, repeated, empty, of the wrong type or"
            " out of bounds. Every violation, up to 1,000, is listed and nothing was priced.",
            "Mend what `errors` lists; `GET /v1/services/{service}` tells each field's type, unit"
            " and bounds.",
        ),
        ProblemKind(
            "not-authorized",
            "The request needs a key",
            401,
            "This server answers known clients only, and the key is missing or not known.",
            "Send the key as `X-API-Key` or `Authorization: Bearer`; a sheet, which has no headers,"
            " reads under `/token/<token>/v1/…`.",
        ),
        ProblemKind(
            "not-found",
            "There is nothing here",
            404,
            "No route, service or kind of problem has this address.",
            "`GET /v1/services` lists the services, `/openapi.json` every route.",
        ),
        ProblemKind(
            "method-not-allowed",
            "The route does not know this method",
            405,
            "The address exists, but not for this method.",
            "Use one of the methods that the `Allow` header lists.",
        ),
        ProblemKind(
            "not-acceptable",
            "None of the formats asked for is on offer",
            406,
            "The `Accept` header, `format` or the suffix rules out every format of the route, or"
            " `Accept` is longer than anyone reads.",
            "Accept one of the formats that `detail` lists, or name it as the path's suffix.",
        ),
        ProblemKind(
            "request-timeout",
            "The request did not come in time",
            408,
            "The headers did not arrive in time, or the body came too slowly or not at all.",
            "Send the request again without a pause; for slow links the operator raises"
            " HEADER_TIMEOUT or BODY_TIMEOUT, or lowers MIN_BODY_RATE.",
        ),
        ProblemKind(
            "body-too-large",
            "The body is larger than this server takes",
            413,
            "The body exceeds a limit of the server or of the route.",
            "Send less, such as the workloads over several requests. `detail` says which limit it"
            " is and names the setting that raises it, if there is one.",
        ),
        ProblemKind(
            "range-not-satisfiable",
            "The answer has no such bytes",
            416,
            "The `Range` header begins beyond the end of the answer.",
            "Ask for bytes within the length that `Content-Range` names.",
        ),
        ProblemKind(
            "unsupported-media-type",
            "The body is in a format the route does not read",
            415,
            "The `Content-Type` is missing or is not one that the route reads.",
            "Send one of the formats that `detail` lists.",
        ),
        ProblemKind(
            "unpriced",
            "A price is not known",
            422,
            "The workload needs something that AWS does not sell there, or whose price on that day"
            " is not known. It never counts as zero, so there is no total.",
            "Choose one of the Regions or days that `errors` names. In a batch the row comes back"
            " with `complete: false` and the other rows are priced.",
        ),
        ProblemKind(
            "not-computable",
            "The request fits the contract but cannot be computed",
            422,
            "Its parts do not go together: a field that does not exist or is no number is varied,"
            " swept or grown, a list has the wrong length, there are too many alternatives, or"
            " their order turns too often, or growth leaves a field's bounds.",
            "Mend what `errors` lists.",
        ),
        ProblemKind(
            "invalid-sheet",
            "The sheet cannot be priced",
            422,
            "Cells are missing, of the wrong type or out of bounds, or columns are not known. Every"
            " fault is listed with its row and column, and nothing was priced.",
            "Mend what `errors` lists; `GET /v1/{service}/template.csv` or `.xlsx` has the header,"
            " with the unit and bounds of each column.",
        ),
        ProblemKind(
            "date-before-prices",
            "The day lies before the first known price",
            422,
            "`price_date` is earlier than any price that Storecast knows of the service.",
            "Send the day that `errors` names, or a later one.",
        ),
        ProblemKind(
            "too-many-failures",
            "Too many requests without a known key",
            429,
            "So many requests of this address had no known key that further ones are turned away.",
            "Mend the key; try again after the seconds that `Retry-After` names. A known key is let"
            " in at any time.",
        ),
        ProblemKind(
            "headers-too-large",
            "The request line and headers are too large",
            431,
            "The request line and headers together exceed the server's limit.",
            "Send fewer or shorter headers, or put what a long query says into the body of a POST.",
        ),
        ProblemKind(
            "internal-error",
            "The server made a mistake",
            500,
            "Something that should not happen did; the request is not at fault.",
            "Try again; if it stays, report the request and the `Catalog-Version` header.",
        ),
        ProblemKind(
            "overloaded",
            "The server is busy",
            503,
            "As many requests are in flight or connections open as the operator allows, too much"
            " large work waits, temporary files are as large as the operator allows, or the server"
            " is stopping.",
            "Try again after the seconds that `Retry-After` names.",
        ),
        ProblemKind(
            "not-ready",
            "The server cannot take requests",
            503,
            "Temporary files, which large bodies and workbooks need, cannot be written.",
            "Give the server room in its TMPDIR; then it is ready by itself.",
        ),
    )
}
NO_ROOM = {EACCES, EDQUOT, EMFILE, ENFILE, ENOENT, ENOSPC, EROFS}
"""What the system says where no temporary file can be written."""
NO_MEMORY = {EAGAIN, ENOMEM}
"""What the system says where there is no memory, nor a process or thread."""
RETRY_AFTER = 2
"""Seconds after which to try again where the server is busy."""
RETRY_KEY_AFTER = 60
"""Seconds over which requests without a known key are counted."""
HEADERS = {
    "not-authorized": {"WWW-Authenticate": "Bearer"},
    "overloaded": {"Retry-After": str(RETRY_AFTER)},
    "too-many-failures": {"Retry-After": str(RETRY_KEY_AFTER)},
}
"""What a kind of problem says in headers."""
NO_THREAD = "can't start new thread"
"""What Python says where there is no memory for a thread, or no more may run."""
MAY_BE_TOKEN = re.compile(r"(?<=token).+?(?=/v1/|\Z)", re.IGNORECASE | re.DOTALL)
"""Finds what stands after ``token`` in a path; one that is not quite a sheet's still has it."""
_BY_STATUS = {kind.status: kind for kind in reversed(KINDS.values())}


class ProblemError(Exception):
    """A request that is refused; becomes a problem document."""

    def __init__(self, slug: str, detail: str, errors: Sequence[Violation] = ()) -> None:
        super().__init__(detail)
        self.kind = KINDS[slug]
        self.detail = detail
        self.errors = list(errors)


def document(kind: ProblemKind, detail: str, errors: Sequence[Violation] = ()) -> bytes:
    """Spell a problem as JSON."""
    address = f"/problems/{kind.slug}"
    problem = Problem(address, kind.title, kind.status, detail, list(errors) or UNSET)
    return msgspec.json.encode(problem)


class ProblemResponse(Response[bytes]):
    """The response of a problem; it keeps the kind for the log."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        errors: Sequence[Violation] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(
            document(kind, detail, errors),
            status_code=kind.status,
            media_type=PROBLEM_JSON,
            headers=headers,
        )
        self.kind = kind


def on_problem(_: Request[Any, Any, Any], error: ProblemError) -> ProblemResponse:
    """Answer a refused request."""
    headers = HEADERS.get(error.kind.slug)
    return ProblemResponse(error.kind, error.detail, error.errors, headers)


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> ProblemResponse:
    """Answer what the framework refuses: unknown routes, methods, hosts and oversized bodies."""
    if error.status_code >= HTTP_500_INTERNAL_SERVER_ERROR:
        return on_exception(request, error)
    if error.status_code == HTTP_400_BAD_REQUEST:
        return ProblemResponse(KINDS["invalid-request"], f"{_asked(request)}: {error.detail}")
    kind = _BY_STATUS.get(error.status_code, KINDS["invalid-request"])
    headers = dict(error.headers or {})
    if allowed := headers.get("Allow", headers.get("allow")):
        methods = {method.strip() for method in allowed.split(",")}
        headers = {"Allow": ", ".join(sorted(methods))}
    message = kind.remedy
    if error.status_code == HTTP_404_NOT_FOUND:
        message = _unknown_product(request.scope["path"]) or message
    detail = f"{_asked(request)}: {HTTPStatus(kind.status).phrase}. {message}"
    return ProblemResponse(kind, detail, headers=headers)


def _unknown_product(path: str) -> str:
    """Return the AWS product that a path names, if no service has that key."""
    _, version, key, *_ = f"{path}//".split("/")
    try:
        service(key)
    except UnknownServiceError as error:
        return str(error) if version == "v1" and error.product else ""
    return ""


def on_exception(request: Request[Any, Any, Any], error: Exception) -> ProblemResponse:
    """Answer a mistake of ours without showing its inside; it goes to the log.

    What fails because the client has left is no mistake, and nobody reads the answer.
    """
    kind = KINDS[_slug(error)]
    if not request.scope.get("left"):
        scope: Any = request.scope
        told = {
            "request_id": scope.get("request_id"),
            "method": request.method,
            "route": scope.get("path_template"),
        }
        logging.getLogger("storecast").error("a request failed", exc_info=error, extra=told)
    return ProblemResponse(kind, kind.meaning, headers=HEADERS.get(kind.slug))


def _slug(error: Exception) -> str:
    if is_without_memory(error):
        return "overloaded"
    return "not-ready" if is_without_room(error) else "internal-error"


def _asked(request: Request[Any, Any, Any]) -> str:
    """Return what was asked for, without tokens, ``Host`` and query."""
    suffix, token = request.scope.get("suffix"), request.scope.get("token")
    path = request.scope["path"] + (f".{suffix}" if suffix else "")
    if token == "":  # it stands after a second slash
        path = f"/token/{path}"
    return f"{request.method} {MAY_BE_TOKEN.sub('/<token>', path)}"


def is_without_room(error: BaseException) -> bool:
    """Return whether an error is, or comes from, a temporary file that cannot be written."""
    return any(isinstance(one, OSError) and one.errno in NO_ROOM for one in _behind(error))


def is_without_memory(error: BaseException) -> bool:
    """Return whether an error is, or comes from, a want of memory; C may not say so clearly."""
    return any(
        isinstance(one, MemoryError | SystemError)
        or (isinstance(one, OSError) and one.errno in NO_MEMORY)
        or (isinstance(one, RuntimeError) and str(one) == NO_THREAD)
        for one in _behind(error)
    )


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that it comes from."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


def refused(found: list[Violation], slug: str = "invalid-request") -> ProblemError:
    """Make the refusal that lists what was found, or the first of it."""
    if len(found) > MOST:
        message = "more than {0:,} violations; nothing was priced; the first {0:,} are listed"
        return ProblemError(slug, message.format(MOST), found[:MOST])
    count = f"{len(found):,} violation{'s' if len(found) > 1 else ''}"
    return ProblemError(slug, f"{count}; nothing was priced", found)
