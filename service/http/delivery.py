"""From an answer to HTTP: entity tags, ranges, and answers kept for the GET after a HEAD."""

import hashlib
import re
from asyncio import Lock
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from threading import BoundedSemaphore
from typing import Any, BinaryIO
from urllib.parse import parse_qsl
from weakref import finalize

import msgspec
from litestar import Request, Response
from litestar.response import Stream
from litestar.types import Receive, Scope, Send
from msgspec import UNSET

from service import counting, problems
from service.formats import documents, media, spools
from service.formats.documents import ListAnswer
from service.formats.media import Dialect
from service.http import answering, compression, work
from service.http.access import PREFIX
from service.http.answering import Answer, Download, Parts, Tables
from service.problems import Problem, ProblemError, ProblemResponse
from service.requests import negotiation, queries
from service.requests import presentation as presentations
from service.requests.presentation import Presentation
from service.waiting import each

Call = Request[Any, Any, Any]
MAX_AGE = "max-age=300"
KEPT_BYTES = 32 * 1024**2
"""Bytes of answers that are kept."""
ENTRY = 1024
"""Bytes that an answer takes beside its body and its key, about."""
LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Names that every machine has for itself."""
UNKNOWN = "http://address-of-the-service.invalid"
"""What stands in a sheet for an address that is not known; no machine can have it."""
LIVE = BoundedSemaphore(16)
"""Permits for answers that are worked out as they are sent."""
SPAN = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
"""Matches a range that is answered in part."""
PART = 1024**2
"""Bytes of a file that are sent together."""


class Whole(Response[bytes]):
    """A response of some bytes, sent as they are: without cookies, encoders and tasks after it."""

    def to_asgi_response(self, app: Any, request: Any, **_: Any) -> Any:
        """Return what sends it."""
        kind, body = (self.media_type or "").encode(), self.content
        headers = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        headers += [
            (b"content-type", kind + b"; charset=utf-8" if kind.startswith(b"text/") else kind),
            (b"content-length", str(len(body)).encode()),
        ]

        async def sending(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": False})

        return sending


class Answers:
    """Answers that are kept, so that they need not be worked out again.

    ``name`` is how the metrics call them: those to HEAD are for the GET after it.
    """

    def __init__(self, most: int = KEPT_BYTES, name: str = "head") -> None:
        self._kept: OrderedDict[Any, Answer] = OrderedDict()
        self._name = name
        self._most, self._bytes = most, 0

    def __len__(self) -> int:
        """Count them."""
        return len(self._kept)

    def get(self, key: Any) -> Answer | None:
        """Return what is kept under a key, which becomes the newest."""
        counting.looked_for(self._name, found=key in self._kept)
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: Any, answer: Answer) -> None:
        """Keep an answer that stays true; the oldest make room for it."""
        if key in self._kept or not answer.kept or _size(key, answer) > self._most:
            return
        self._kept[key] = answer
        self._bytes += _size(key, answer)
        while self._bytes > self._most:
            self._bytes -= _size(*self._kept.popitem(last=False))


def _size(key: Any, answer: Answer) -> int:
    """Return the bytes that an answer takes together with its key."""
    return ENTRY + len(answer.body) + sum(len(part) for part in key if part)


class Once:
    """Answers that take long, each made once while whoever else asks for it waits."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._answers = Answers(most, "price-lists")
        self._making = Lock()

    async def answer(self, named: str, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the answer of this name; make it if it is not kept."""
        async with self._making:
            answer = self._answers.get(named)
            if answer is None:
                answer = await make()
                self._answers.keep(named, answer)
            return answer


async def worked_out(request: Call, handler: Callable[[Call], Awaitable[Answer]]) -> Answer:
    """Work an answer out; once for a HEAD and the GETs after it."""
    answers: Answers = request.app.state.answers
    if not (request.scope.get("head") or answers):
        return await handler(request)
    named = key(request)
    answer = answers.get(named) or await handler(request)
    if request.scope.get("head"):
        answers.keep(named, answer)
    return answer


def key(request: Call) -> tuple[Any, ...]:
    """Return what an answer depends on."""
    scope = request.scope
    asked = (scope["path"], scope.get("suffix"), scope["query_string"])
    return (*asked, negotiation.accepted(request), base(request))


def base(request: Call) -> str:
    """Return the address under which the client reaches the service, with the token of a sheet.

    Anyone may send any ``Host``: it is believed where it names this machine, or where it listens.
    """
    token = request.scope.get("token")
    prefix = f"{PREFIX}{token}" if token else ""
    settings = request.app.state.settings
    return f"{settings.public_url or _told(request, settings.host_in_address)}{prefix}"


def _told(request: Call, listening: str) -> str:
    """Return the address that a request names, if it can be trusted."""
    host = request.headers.get("host", "")
    name = re.sub(r":\d{1,5}$", "", host)
    return f"{request.scope['scheme']}://{host}" if name in {listening, *LOCAL} else UNKNOWN


def respond(request: Call, answer: Answer) -> Response[Any]:
    """Answer a read: whole, in part, or not at all where the client has it."""
    body, media_type = answer.body, answer.media_type
    if not answer.kept:
        return Response(body, media_type=media_type, headers={"Cache-Control": "no-store"})
    owner = "private" if request.app.state.settings.restricted else "public"
    etag = answer.etag or tag(body)
    headers = {
        "ETag": etag,
        "Cache-Control": f"{owner}, {MAX_AGE}",
        "Accept-Ranges": "bytes",
    }
    had = negotiation.sent(request, b"if-none-match")
    if had and (known := _matching(had, etag)):
        headers["ETag"] = known
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    part = _range(request, len(body), etag)
    if part is None:
        return _whole(body, media_type, headers)
    if not part:
        return ProblemResponse(
            problems.KINDS["range-not-satisfiable"],
            f"the answer has {len(body):,} bytes",
            headers={"Content-Range": f"bytes */{len(body)}"},
        )
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(body)}"
    some = body[part.start : part.stop]
    return Response(some, status_code=206, headers=headers, media_type=media_type)


def many(
    presentation: Presentation,
    long: Callable[[], ListAnswer],
    tables: Tables,
    sent: Dialect = presentations.USUAL,
) -> Answer | Download | Parts:
    """Answer with what may be long: JSON and MessagePack part by part, a view as a file.

    An answer that is worked out as it is sent holds its workloads for as long as it is read. Only a
    few may do so: further ones are written to a file first, so that slow readers hold no memory.
    """
    media_type = media.FORMATS[str(presentation.format)]
    if media_type in media.MEDIA_TYPES and presentation.view is UNSET:
        parts = documents.in_parts(long(), media_type)
        if not LIVE.acquire(blocking=False):
            return downloaded(parts, media_type)
        finalize(parts, LIVE.release)
        return Parts(parts, media_type)
    if presentation.format == "txt":
        return answering.answer(presentation, lambda: long().whole, tables, sent)
    return downloaded(answering.written(presentation, tables, sent), media_type)


def downloaded(parts: Iterable[bytes], media_type: str) -> Download:
    """Write an answer into a file, which is whole before any of it is sent."""
    with ExitStack() as until_whole:
        file = until_whole.enter_context(spools.spool())
        for part in each(parts):
            file.write(part)
        size = file.tell()
        file.seek(0)
        until_whole.pop_all()
        return Download(file, size, media_type)


def tag(body: bytes) -> str:
    """Return the entity tag of a body."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'


def _whole(body: bytes, media_type: str, headers: dict[str, str]) -> Response[Any]:
    """Answer with a body; a large one part by part, so that a slow reader holds no copy of it."""
    if len(body) <= PART:
        return Whole(body, media_type=media_type, headers=headers)
    parts = (body[start : start + PART] for start in range(0, len(body), PART))
    headers["Content-Length"] = str(len(body))
    return Stream(parts, media_type=media_type, headers=headers)


async def sent(answer: Answer | Download | Parts) -> Response[Any]:
    """Answer a calculation; a long one is encoded, or read from its file, as it is sent.

    What fails before there is a first part is still told as a problem.
    """
    if isinstance(answer, Answer):
        return Response(answer.body, media_type=answer.media_type)
    if isinstance(answer, Parts):
        first = await work.next_part(answer.parts)
        return Stream(ahead(first, answer.parts), media_type=answer.media_type)
    headers = {"Content-Length": str(answer.size)}
    return Stream(_parts(answer.file), media_type=answer.media_type, headers=headers)


async def ahead(part: bytes | None, parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a part and those that follow; the next is worked out while one is sent."""
    while part is not None:
        working = work.next_part(parts)
        try:
            yield part
            part = await working
        finally:
            working.cancel()


def _parts(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file part by part, and close it."""
    with file:
        yield from iter(partial(file.read, PART), b"")


def _matching(if_none_match: str, etag: str) -> str:
    """Return the tag by which a client has an answer, plain or compressed; "" if it has not."""
    for tag in (tag.strip().removeprefix("W/") for tag in if_none_match.split(",")):
        if tag == "*":
            return etag
        if compression.plain_tag(tag) == etag:
            return tag
    return ""


def _range(request: Call, size: int, etag: str) -> range | None:
    """Return the range asked for: None for the whole body, empty if it lies outside."""
    asked = SPAN.fullmatch(negotiation.sent(request, b"range"))
    if not asked or not any(asked.groups()):
        return None
    if request.scope.get("head") or request.headers.get("if-range", etag) != etag:
        return None
    first, last = asked.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1) if last else size)


def as_text_if_asked(answered: Callable[[Call, Any], ProblemResponse]) -> Any:
    """Answer a problem as text where a cell asks for it, else as it is answered anyway."""

    def answer(request: Call, error: Any) -> Response[bytes]:
        response = answered(request, error)
        scope: Any = request.scope
        scope["problem"] = response.kind.slug
        return _as_text(response) if _wants_text(request) else response

    return answer


def _as_text(response: Response[bytes]) -> Response[bytes]:
    """Return a problem as the text of a cell, with status 200: spreadsheets hide errors."""
    problem = msgspec.json.decode(response.content, type=Problem)
    message = (f"{fault.parameter or ''} {fault.detail}".strip() for fault in problem.errors or ())
    details = "; ".join(message) or problem.detail
    text = f"#ERR {problem.status} {problem.title}: {details}"
    headers = {"Cache-Control": "no-store"}
    return Response(text.encode(), media_type=media.FORMATS["txt"], headers=headers)


def _wants_text(request: Call) -> bool:
    """Return whether errors are to be text, in a request whose answer is one number."""
    text = request.scope["query_string"][: queries.LONGEST_QUERY].decode(errors="replace")
    query = dict(parse_qsl(text)) if text.count("&") < queries.MOST_PARAMETERS else {}
    if query.get("on_error") != "text":
        return False
    word = request.scope.get("suffix") or query.get("format")
    try:
        return (
            word or negotiation.negotiate(negotiation.accepted(request), tuple(media.FORMATS))
        ) == "txt"
    except ProblemError:
        return False
