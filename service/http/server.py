"""The patience of the server with clients that send or read too slowly, or send too much.

uvicorn's protocol takes headers of any length, and waits for ever: for headers, for a body, and for
a client to read its answer. :class:`PatientProtocol` adds the limits that
:class:`service.settings.Settings` names:

- The request line and headers have a size (431) and a time (408).
- A body makes progress (408). The rest of one that was refused is read for a moment only.
- A client reads what it is sent, or its connection is cut.
- Connections stay well below the files that the process may open. Where there is no room, those
  that have waited longest without a request make room; where all have one, a new one is a 503.

A client may offer another protocol, as Java's does with HTTP/2. The offer is declined by an answer
in HTTP/1.1 (RFC 9110, section 7.8); httptools takes the rest for the other protocol, so it is told
anew what body the request has.

A request that is refused here was not heard to its end. So the answer ends its connection,
which stays open for a moment: a client that is still sending could not read the answer otherwise.
Where there is no room for a connection, it is closed at once.
"""

import asyncio
import heapq
import logging
import math
import os
import resource
import socket
import time
from collections.abc import Callable
from enum import Enum, auto
from http import HTTPStatus
from threading import Timer
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service import problems
from service.http import safety, seen, work
from service.http.safety import Headers
from service.settings import Settings

SECONDS_TO_STOP = 8
"""Time from the signal to stop to the end; containers are killed after 10 [s]."""
SECONDS_TO_END = 0.8
"""The last of it, in which nothing is answered any more [s]."""
SECONDS_TO_LEAVE = 2.0
"""Time for which a client that was refused may go on sending [s]."""
SPARE_FILES = 8
"""Descriptors that are left for refusals, as the system cuts clients in silence without one."""
SECONDS_BETWEEN_LINES = 60
"""Time between two lines of the log that say the same [s]."""
UNSENT = 128 * 1024
"""Bytes of an answer that wait in the system, so that a slow reader is seen to read [B]."""
MOST_HEARD = 128 * 1024
"""Bytes that are kept of a request, to hand it over; those of a small one are about half of it."""
TRY_AGAIN = f"send the request again in {problems.RETRY_AFTER} seconds, as Retry-After says"
_reported: dict[str, float] = {}
"""When each message was last written."""
logger = logging.getLogger("storecast")
Take = Callable[[int, bytearray, float], bool]
"""Takes a connection over, what was heard on it, and when it began; tells whether it did."""


class Stage(Enum):
    """What a connection is expected to send next."""

    HEAD = auto()
    BODY = auto()
    NOTHING = auto()
    """A request is there: it is being answered, or the connection is idle."""
    IGNORED = auto()
    """Whatever comes: the client was refused."""


def most_files() -> float:
    """Return how many files the process may open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return math.inf if files == resource.RLIM_INFINITY else files


def most_connections(settings: Settings) -> int:
    """Return how many connections a worker keeps open; half of its files are left for bodies."""
    return max(1, int(min(settings.max_connections, most_files() // 2)))


def crowded(connections: int, descriptor: int, settings: Settings) -> str:
    """Return why there is no room for a new connection, if so.

    The descriptor of a new one is the lowest that was free, so all below are in use.
    """
    if connections > (most := most_connections(settings)):
        return f"{most} connections are open, as many as may be"
    if descriptor >= most_files() - SPARE_FILES:
        return f"{descriptor} files are open, about as many as may be"
    return ""


def seconds_to_finish(settings: Settings) -> float:
    """Return the time for requests in flight when the listener is closed [s]."""
    return SECONDS_TO_STOP - SECONDS_TO_END - settings.stop_notice


def spelled(slug: str, body: bytes, request_id: str, headers: Headers) -> bytes:
    """Return a problem as the bytes of the last response of a connection."""
    kind = problems.KINDS[slug]
    own = {
        "Content-Type": problems.PROBLEM_JSON,
        "Content-Length": str(len(body)),
        "X-Request-ID": request_id,
        "Connection": "close",
        **problems.HEADERS.get(slug, {}),
    }
    lines = [f"HTTP/1.1 {kind.status} {HTTPStatus(kind.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in own.items()]
    lines += [f"{name.decode()}: {value.decode()}" for name, value in (*headers, *safety.HEADERS)]
    return "\r\n".join([*lines, "", ""]).encode() + body


def report(message: str, *told: str) -> None:
    """Write a message into the log, at most once in a while."""
    now = time.monotonic()
    if now - _reported.get(message, -math.inf) > SECONDS_BETWEEN_LINES:
        _reported[message] = now
        logger.warning(message, *told)


def cut_after(seconds: float) -> None:
    """End the process after some seconds, whatever it does then."""
    cut = Timer(seconds, _cut)
    cut.daemon = True
    try:
        cut.start()
    except RuntimeError:  # there is no room for a thread
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(loop.call_later, seconds, _cut)


def _cut() -> None:
    logger.warning("cut what had not ended in time")
    os._exit(0)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


class PatientProtocol(HttpToolsProtocol):
    """One connection, and how long its client is waited for."""

    def __init__(
        self, settings: Settings, always: Headers, elsewhere: Take | None = None, **of_uvicorn: Any
    ) -> None:
        super().__init__(**of_uvicorn)
        self.settings, self.elsewhere = settings, elsewhere
        self.always = always
        """The headers that every answer has."""
        self.heard: bytearray | None = bytearray()
        """All that was heard of the request; None where it is too much, or not of it alone."""
        self.begun = 0
        """The requests that began in what was heard."""
        self.stage = Stage.HEAD
        self.since = self.loop.time()
        self.awaited: Stage | None = None
        self.answered: Any = None
        """The request that is being answered, or was last; those pipelined after it wait."""
        self.sending: asyncio.TimerHandle | None = None
        self.reading: asyncio.TimerHandle | None = None
        self.header_bytes = self.body_bytes = self.judged_bytes = 0
        self.last = False
        self.advanced = False
        """Whether what came completed a head, or belonged to a body."""

    @property
    def answering(self) -> bool:
        """Whether a request is not yet answered."""
        return self.cycle is not None and not self.cycle.response_complete

    # The transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Welcome a client, if there is room or room can be made."""
        super().connection_made(transport)
        system = transport.get_extra_info("socket")
        if system.family in (socket.AF_INET, socket.AF_INET6):
            system.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        reason = crowded(len(self.connections), system.fileno(), self.settings)
        if reason and not self._make_room(reason):
            message = "as many connections or files are open as may be"
            transport.write(self._refusal("overloaded", message))
            self._close()
        else:
            self._limit_sending()

    def data_received(self, data: bytes) -> None:
        """Hear a client, if it is still heard.

        What neither completes a head nor belongs to a body is counted: it may be an endless line.
        """
        if self.stage is Stage.IGNORED:
            return
        if self.stage is Stage.NOTHING and not self.answering:
            self.heard, self.begun = bytearray(), 0
        if self.heard is not None:
            self.heard += data
        self.advanced = False
        self._parse(data)
        if self.heard is not None and len(self.heard) > MOST_HEARD:
            self.heard = None
        if self.stage is Stage.NOTHING and not self.answering:
            self.stage = Stage.HEAD  # blank lines before a request
        if self.stage in (Stage.HEAD, Stage.BODY) and not self.advanced:
            self.header_bytes += len(data)
            if self.header_bytes > self.settings.max_header_kb * 1024:
                self._refuse_header()
        self._limit_sending()

    def eof_received(self) -> None:
        """Close the connection, for the client has nothing more to say."""
        self._limit_reading()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._limit_reading()

    def resume_writing(self) -> None:
        """Send more, for the client has read."""
        super().resume_writing()
        _cancel(self.reading)
        self.reading = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self.stage = Stage.IGNORED
        _cancel(self.sending)
        _cancel(self.reading)
        if self.answered is not None:
            self.answered.disconnected = True
            self.answered.message_event.set()
        super().connection_lost(exc)

    # The parser

    def on_message_begin(self) -> None:
        """Begin a request, unless it is one whose body is still to come."""
        if self.stage in (Stage.IGNORED, Stage.BODY):
            return
        self.stage, self.awaited = Stage.HEAD, None
        self.header_bytes = self.body_bytes = self.judged_bytes = 0
        self.begun += 1
        if self.begun > 1:
            self.heard = None
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, and no trailer of a body, for the request is under way by then."""
        if self.stage is Stage.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the request, if its head is not too large."""
        if self.stage is not Stage.HEAD:
            return
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self.settings.max_header_kb * 1024:
            self._refuse_header()
            return
        if self._announced() > work.LIGHT_BYTES and self.hand_over():
            return
        super().on_headers_complete()
        self.stage, self.advanced = Stage.BODY, True
        self.last, self.cycle.keep_alive = not self.cycle.keep_alive, True

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        if self.stage is Stage.BODY:
            self.advanced, self.cycle.waiting_for_100_continue = True, False
            self.body_bytes += len(body)
            if self.body_bytes <= work.LIGHT_BYTES or not self.hand_over():
                super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request is whole; only now may its answer close the connection."""
        if self.stage is not Stage.BODY or self.parser.should_upgrade():
            return
        self.stage = Stage.NOTHING
        super().on_message_complete()
        if self.last:
            self.cycle.keep_alive = False
            if self.cycle.response_complete:
                self._close()

    def _announced(self) -> int:
        """Return the bytes of the body, where the head tells them."""
        lengths = (value for name, value in self.headers if name == b"content-length")
        return int(next(lengths, b"0"))

    def _parse(self, data: bytes) -> None:
        """Parse what came, and decline each offer of another protocol in it."""
        self._unset_keepalive_if_required()
        unparsed = memoryview(data)
        while len(unparsed):
            try:
                self.parser.feed_data(unparsed)
                return
            except httptools.HttpParserUpgrade as offered:
                unparsed = unparsed[offered.args[0] :]
                self._decline_upgrade()
            except httptools.HttpParserError as error:
                if isinstance(error.__context__, MemoryError):  # of what takes the parts in
                    self.refuse("overloaded", f"there is no memory for the request; {TRY_AGAIN}")
                else:
                    self.send_400_response("")
                return

    def _decline_upgrade(self) -> None:
        """Tell the parser, which has taken the message for complete, what body is to come."""
        framing = [
            name + b": " + value
            for name, value in self.headers
            if name in (b"content-length", b"transfer-encoding")
        ]
        self.parser.feed_data(b"\r\n".join([b"POST / HTTP/1.1", *framing, b"", b""]))

    # uvicorn

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self.refuse("invalid-request", "this is no request of HTTP/1.1")

    def on_response_complete(self) -> None:
        """Wait for the client to ask again, or to read to the end."""
        super().on_response_complete()
        self.heard, self.since = None, self.loop.time()
        if self.transport.is_closing():
            self._limit_reading()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection."""
        self._close()

    def shutdown(self) -> None:
        """Finish the request, for whose body half of the time is left, or close."""
        super().shutdown()
        if self.answering and self.stage is Stage.BODY:
            self.loop.call_later(seconds_to_finish(self.settings) / 2, self._stop_receiving)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """Answer a request, which ends without a trace where the server stops before it does."""

        async def stoppable(scope: Any, receive: Any, send: Any) -> None:
            scope["hand_over"] = self.hand_over
            try:
                await app(scope, receive, send)
            except asyncio.CancelledError:
                self.refuse("overloaded", f"the server is stopping; {TRY_AGAIN}")
            finally:
                del scope["hand_over"]

        self.answered = cycle
        super()._start_asgi_task(cycle, stoppable)

    # Large work

    def hand_over(self) -> bool:
        """Hand the request over, with the connection, to the process for large work.

        Return whether it went: not where that process is missing, nor where an answer has begun or
        is not yet sent, nor where requests came together.
        """
        heard, self.heard = self.heard, None
        if self.elsewhere is None or heard is None or self._spoken():
            return False
        descriptor = self.transport.get_extra_info("socket").fileno()
        begun = seen.begun({} if self.stage is Stage.HEAD else self.cycle.scope)
        if not self.elsewhere(descriptor, heard, begun):
            return False
        self.stage = Stage.IGNORED
        if self.answering:
            scope: Any = self.cycle.scope
            scope["handed_over"] = self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.abort()
        return True

    def _spoken(self) -> bool:
        """Return whether the answer has begun, or one before it is not yet sent."""
        begun = self.stage is not Stage.HEAD and self.cycle.response_started
        unsent = self.transport.get_write_buffer_size()
        return bool(begun or unsent or self.stage is Stage.IGNORED)

    # The limits

    def refuse(self, slug: str, detail: str) -> None:
        """End the connection, with a problem where no other answer is due before or has begun."""
        if self.stage is Stage.IGNORED:
            return
        answer = self._refusal(slug, detail)
        self.stage = Stage.IGNORED
        self._unset_keepalive_if_required()
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not answer:
            self.transport.abort()
            return
        self.transport.write(answer)
        self.transport.write_eof()
        self._limit_sending()

    def _refusal(self, slug: str, detail: str) -> bytes:
        """Tell of a refusal, the app of one of a request that it has.

        Return it as an answer; empty where none may be sent.
        """
        body = problems.document(problems.KINDS[slug], detail) if self._speaks_next() else b""
        if self.stage is Stage.BODY or (self.answering and self.stage is not Stage.HEAD):
            scope: Any = self.cycle.scope
            request_id, headers = seen.identified(scope), scope["headers"]
            scope |= {"refused": slug, "told": len(body)} if body else {"refused": slug}
        else:
            request_id = seen.refused(slug, self.loop.time() - self.since, len(body))
            headers = self.headers or ()
        if not body:
            return b""
        allowed = safety.allowed(headers, self.settings.cors_origins)
        return spelled(slug, body, request_id, (*self.always, *allowed))

    def _speaks_next(self) -> bool:
        """Return whether the client would take an answer for that of the request it is sending."""
        if not self.answering:
            return self.stage is not Stage.BODY
        first = not self.pipeline and not self.cycle.response_started
        return first and self.stage is not Stage.HEAD

    def _refuse_header(self) -> None:
        most = self.settings.max_header_kb
        self.refuse("headers-too-large", f"the request line and headers exceed {most:,} KiB")

    def _stop_receiving(self) -> None:
        if self.stage is Stage.BODY:
            message = f"the server is stopping, and the body is not complete; {TRY_AGAIN}"
            self.refuse("overloaded", message)

    def _limit_sending(self) -> None:
        """Limit how long the client is waited for, anew where something else is expected of it."""
        if self.stage is self.awaited:
            return
        _cancel(self.sending)
        self.sending, self.awaited, self.since = None, self.stage, self.loop.time()
        if self.stage is Stage.HEAD:
            self.sending = self.loop.call_later(self.settings.header_timeout, self._judge_head)
        elif self.stage is Stage.BODY:
            self.sending = self.loop.call_later(self.settings.body_timeout, self._judge_body)
        elif self.stage is Stage.IGNORED:
            self.sending = self.loop.call_later(SECONDS_TO_LEAVE, self._close)

    def _judge_head(self) -> None:
        """Refuse a head that is late; while the request before it is answered, it may be."""
        seconds = self.settings.header_timeout
        if self.answering:
            self.sending = self.loop.call_later(seconds, self._judge_head)
        elif self.header_bytes:
            self.refuse("request-timeout", f"the headers did not come within {seconds:g} s")
        else:
            self._close()

    def _judge_body(self) -> None:
        """Refuse a body that makes no progress, unless the server does not read it."""
        seconds, rate = self.settings.body_timeout, self.settings.min_body_rate
        if not self.answering:
            self._close()
        elif self.flow.read_paused or self.body_bytes - self.judged_bytes >= rate * seconds:
            self.judged_bytes = self.body_bytes
            self.sending = self.loop.call_later(seconds, self._judge_body)
        else:
            message = f"less than {rate:,} bytes a second came of the body over {seconds:g} s"
            self.refuse("request-timeout", message)

    def _limit_reading(self) -> None:
        """Cut the connection if the client does not read in time what is written to it."""
        if self.reading is None:
            self.reading = self.loop.call_later(self.settings.read_timeout, self.transport.abort)

    def _close(self) -> None:
        """Close the connection when the client has read what is written to it."""
        self.transport.close()
        self._limit_reading()

    def _make_room(self, reason: str) -> bool:
        """Cut the connections that have waited longest without a request, a few at once."""
        report("%s; silent connections are cut", reason)
        silent = [
            one
            for one in self.connections
            if isinstance(one, PatientProtocol)
            and one is not self
            and not one.answering
            and not one.transport.get_write_buffer_size()
            and one.stage is not Stage.BODY
        ]
        few = 1 + len(silent) // 20
        for one in heapq.nsmallest(few, silent, key=lambda one: one.since):
            one.transport.abort()
            self.connections.discard(one)
        return bool(silent)
