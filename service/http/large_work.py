"""Large work in a process of its own, so that it never keeps small requests waiting.

Threads share Python's interpreter: one that works on a large request lets go of it only now and
then. So each worker has a process beside it, to which it hands over whole requests that are large:
the connection of the client, and what was heard on it. That process hears the request once more,
answers it, and closes the connection.

It is a fork of the worker, made before there are threads and connections: it starts at once, and
shares the memory of the tables. Between both stands a keeper, which only waits, and forks the
process anew when it is lost. What each request came to is told to the worker, whose metrics count
it.
"""

import asyncio
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import uvicorn
from msgspec import msgpack
from uvicorn.lifespan.off import LifespanOff

from service.counting import Count
from service.http import metrics, work
from service.http.server import SECONDS_TO_END, PatientProtocol, Stage, cut_after, report

NICENESS = 5
"""How far large work stands back behind small, where both want a processor."""
SECONDS_BETWEEN_BEATS = 1.0
SECONDS_OF_SILENCE = 15
"""Time after which a silent process is replaced; on a busy machine a sound one is slow [s]."""
SECONDS_OF_SILENCE_AT_END = 4
"""The same where its worker stops or is gone, so that it ends in time, too [s]."""
SECONDS_UNTIL_ROOM = 0.1
"""Time after which a process that has no more descriptors looks again [s]."""
MESSAGE = 64 * 1024
"""Bytes that are kept for a message; it has a few hundred."""
WAITING = 8 * 1024
"""Bytes of messages that wait in the socket: about twenty of them."""
logger = logging.getLogger("storecast")


class Serving(uvicorn.Server):
    """A worker, with a process for large work beside it where the system allows one."""

    beside: "Beside | None" = None

    def prepare(self) -> None:
        """Load the app and fork, while there is one thread."""
        self.config.load()
        work.trim()
        self.beside = forked(self.config)
        if self.beside is not None:
            config: Any = self.config
            config.http_protocol_class = partial(
                config.http_protocol_class, elsewhere=self.beside.take
            )

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until stopped."""
        if not self.config.loaded:
            self.prepare()
        super().run(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and to hear what large work comes to."""
        if self.beside is not None:
            self.beside.listen()
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is in flight, here and in the process for large work at the same time.

        A second ctrl-c waits for neither.
        """
        if self.beside is not None:
            self.beside.stop()
        await super().shutdown(sockets)
        while self.beside is not None and not (self.beside.ended or self.force_exit):
            await asyncio.sleep(0.05)


class Beside:
    """The process for large work, as its worker sees it."""

    def __init__(self, keeper: int, control: socket.socket) -> None:
        self._keeper, self._control = keeper, control
        self._busy = 0
        """The requests that the process has begun and not ended."""
        self._stopping = False
        self._message = bytearray(MESSAGE)
        """Room for what is heard, so that there is some where memory is short."""
        self.ended = False

    def take(self, descriptor: int, heard: bytes | bytearray, begun: float) -> bool:
        """Hand over a connection, with what was heard on it and when that began.

        Return whether it went.
        """
        if self._stopping or self.ended:
            return False
        try:
            with open(os.memfd_create("storecast-request"), "w+b") as held:
                held.write(heard)
                held.flush()
                handed = [descriptor, held.fileno()]
                told = msgpack.encode(begun)
                socket.send_fds(self._control, [told], handed)
        except OSError:
            return False
        return True

    def listen(self) -> None:
        """Hear what requests come to from now on."""
        asyncio.get_running_loop().add_reader(self._control, self._hear)

    def stop(self) -> None:
        """Have the process end when it has answered what it has."""
        self._stopping = True
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)

    def _hear(self) -> None:
        try:
            size = self._control.recv_into(self._message)
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if not size:
            self._end()
            return
        what, *told = msgpack.decode(memoryview(self._message)[:size])
        if what == "began":
            self._busy += 1
            metrics.began()
        elif what == "ended":
            self._busy -= 1
            told[-1] = Count(*told[-1])
            metrics.ended(*told)
        else:
            self._lose(*told)
            metrics.REPLACED.inc()

    def _lose(self, pid: int, exit_code: int) -> None:
        """Tell that the process is gone, and with it the requests that it worked on."""
        told = {"pid": pid, "exit_code": exit_code, "requests": self._busy}
        self._forget()
        logger.error("the process for large work was lost, and is replaced", extra=told)

    def _end(self) -> None:
        """Do all work here from now on, for the process is gone, and its keeper too."""
        asyncio.get_running_loop().remove_reader(self._control)
        if not self._stopping:
            logger.error("there is no process for large work any more; its worker does it")
        self._forget()
        os.waitpid(self._keeper, 0)
        self.ended = True

    def _forget(self) -> None:
        """Count as lost what was in flight in a process that is gone."""
        metrics.IN_FLIGHT.dec(self._busy)
        metrics.LOST.inc(self._busy)
        self._busy = 0


def forked(config: uvicorn.Config) -> Beside | None:
    """Fork the process for large work and its keeper; None where there can be none."""
    if not hasattr(os, "memfd_create"):
        return None
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WAITING)
    try:
        pid = os.fork()
    except OSError as error:
        logger.error("there is no process for large work", extra={"reason": error.strerror})
        return None
    if pid == 0:
        _alone(partial(_keep, config, theirs))
    theirs.close()
    return Beside(pid, ours)


def _alone(function: Callable[[], None]) -> NoReturn:
    """Do what a forked process is for, and end it, so that it never goes on as the one it was."""
    try:
        function()
        os._exit(0)
    except BaseException:
        logger.exception("a process for large work has failed")
    finally:
        os._exit(1)


def _keep(config: uvicorn.Config, control: socket.socket) -> None:
    """Fork the process for large work, anew when it is lost, until it ends as it should."""
    _named("storecast-keep")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it ends when its worker has ended
    _close_all_but(control.fileno())
    while True:
        beats, beat = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(beats)
            _alone(partial(_work, config, control, beat))
        os.close(beat)
        _wait_for(pid, beats, control)
        os.close(beats)
        exit_code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if exit_code == 0:
            return
        try:
            control.send(msgpack.encode(("lost", pid, exit_code)))
        except OSError:
            return  # the worker is gone too
        if _is_over(control):
            return
        time.sleep(SECONDS_BETWEEN_BEATS)  # lest one that ends at once be forked on and on


def _work(config: uvicorn.Config, control: socket.socket, beat: int) -> None:
    """Do large work until the worker has no more."""
    _named("storecast-large")
    os.nice(NICENESS)
    os.set_blocking(beat, False)
    Large(config, control, beat).run()


def _named(name: str) -> None:
    """Give this process a name by which tools such as ``top`` show it."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(name)


def _close_all_but(kept: int) -> None:
    """Close what the worker has open, such as its listener; the log stays."""
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor > 2 and descriptor != kept:
            with suppress(OSError):
                os.close(descriptor)


def _wait_for(pid: int, beats: int, control: socket.socket) -> None:
    """Wait for the end of a process; one that is silent for long is ended, soon at a stop.

    Each second of silence is waited for here, so that none counts in which both were frozen.
    """
    silence = 0
    while silence < (SECONDS_OF_SILENCE_AT_END if _is_over(control) else SECONDS_OF_SILENCE):
        if not select.select([beats], [], [], 1.0)[0]:
            silence += 1
        elif os.read(beats, 4096):
            silence = 0
        else:
            return
    os.kill(pid, signal.SIGKILL)


class Large(uvicorn.Server):
    """The process for large work: it listens nowhere, and is given connections."""

    def __init__(self, config: uvicorn.Config, control: socket.socket, beat: int) -> None:
        super().__init__(config)
        config.lifespan_class = LifespanOff
        self._control, self._beat = control, beat
        metrics.tell = self._tell

    def _tell(self, *event: Any) -> None:
        """Tell the worker of a request, unless it is gone."""
        with suppress(OSError):
            self._control.send(msgpack.encode(event))

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ignore the signals to stop, as the keeper does."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections."""
        await super().startup([])
        asyncio.get_running_loop().add_reader(self._control, self._adopt)

    async def on_tick(self, counter: int) -> bool:
        """Show that the event loop goes round."""
        if counter % 10 == 0:
            with suppress(OSError):  # the keeper is gone
                os.write(self._beat, b".")
        return await super().on_tick(counter)

    def _adopt(self) -> None:
        """Take a connection over; where there are no more, end in time.

        Without descriptors for it, the connection stays in the socket. Where that is full, the
        worker does large work itself.
        """
        loop = asyncio.get_running_loop()
        if not _has_room():
            report("the process for large work may open no more files; requests wait for it")
            if _is_over(self._control):
                self._end_in_time()
            loop.remove_reader(self._control)
            loop.call_later(SECONDS_UNTIL_ROOM, loop.add_reader, self._control, self._adopt)
            return
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, 16, 2)
        except OSError:
            message, descriptors = b"", []
        if not message:
            loop.remove_reader(self._control)
            self._end_in_time()
        elif (given := _given(descriptors)) is not None:
            client, heard = given
            protocol = self._protocol(heard, msgpack.decode(message, type=float))
            adopting = loop.connect_accepted_socket(protocol, client)
            adopted: Any = loop.create_task(adopting)
            self.server_state.tasks.add(adopted)
            adopted.add_done_callback(self.server_state.tasks.discard)

    def _end_in_time(self) -> None:
        """End when what is in flight is answered; what has not ended in time is cut."""
        if self.should_exit:
            return
        self.should_exit = True
        cut_after((self.config.timeout_graceful_shutdown or 0) + SECONDS_TO_END / 2)

    def _protocol(self, heard: bytes, begun: float) -> Callable[[], asyncio.Protocol]:
        """Return what makes the protocol of a connection that was heard before."""
        usual: Any = self.config.http_protocol_class
        return partial(
            Adopted,
            *usual.args,
            heard=heard,
            begun=begun,
            config=self.config,
            server_state=self.server_state,
            app_state={},
        )


def _has_room() -> bool:
    """Return whether two more descriptors may be open, which a request that is given brings."""
    try:
        for descriptor in os.pipe():
            os.close(descriptor)
    except OSError:
        return False
    return True


def _is_over(control: socket.socket) -> bool:
    """Return whether the worker hands nothing over any more, though some may be in the socket."""
    looking = select.poll()
    looking.register(control, select.POLLRDHUP)
    return bool(looking.poll(0))


def _given(descriptors: Sequence[int]) -> tuple[socket.socket, bytes] | None:
    """Return a connection, and what was heard on it; None where either has no room here."""
    if len(descriptors) < 2:
        for descriptor in descriptors:
            os.close(descriptor)
        logger.error("a request was lost, for no more files may be open")
        return None
    client, held = socket.socket(fileno=descriptors[0]), descriptors[1]
    client.setblocking(False)
    try:
        return client, os.pread(held, os.fstat(held).st_size, 0)
    except MemoryError:
        client.close()
        logger.error("a request was lost, for there is no memory for it")
        return None
    finally:
        os.close(held)


class Adopted(PatientProtocol):
    """A connection that was handed over; it ends with its answer, and the answer says so.

    What the client sends after the request is read, and goes nowhere. Where a connection is closed
    while something is unread, the system cuts it, and the client loses the end of the answer.
    """

    def __init__(self, *given: Any, heard: bytes, begun: float, **of_uvicorn: Any) -> None:
        super().__init__(*given, **of_uvicorn)
        self._heard_before, self._begun = heard, begun

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Hear once more what the worker has heard, if there is room for the connection."""
        super().connection_made(transport)
        if not transport.is_closing():
            self.data_received(self._heard_before)

    def data_received(self, data: bytes) -> None:
        """Hear the request, and nothing after it."""
        if self.stage is not Stage.NOTHING:
            super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin the request, and none after it."""
        if self.stage is not Stage.NOTHING:
            super().on_message_begin()

    def on_message_complete(self) -> None:
        """Leave if the request was refused while it came."""
        super().on_message_complete()
        self._leave()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, unless it follows the request."""
        if self.stage is not Stage.NOTHING:
            super().send_400_response(msg)

    def on_response_complete(self) -> None:
        """Leave, unless the rest of the request is yet to come."""
        super().on_response_complete()
        self._leave()

    def _leave(self) -> None:
        """End the answer, if it and the request are whole; the client closes then."""
        whole = self.stage is Stage.NOTHING and self.cycle.response_complete
        if whole and not self.transport.is_closing():
            self.stage = Stage.IGNORED
            self.transport.write_eof()
            self._limit_sending()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """Answer the request, and say that no other will be; :meth:`_leave` closes later."""

        async def last(scope: Any, receive: Any, send: Any) -> None:
            async def sent(message: Any) -> None:
                await send(message)
                cycle.keep_alive = True

            await app(scope, receive, sent)

        cycle.scope["begun"] = self._begun
        cycle.default_headers = [*cycle.default_headers, (b"connection", b"close")]
        super()._start_asgi_task(cycle, last)
