"""Answers compressed on their way out, where the client accepts it, once.

Each representation has its own entity tag: ``"5e1f"`` of the plain bytes is ``"5e1f-zstd"`` of the
compressed ones. Ranges are of the plain bytes, so a request for one is not answered compressed.
"""

import re
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

import zstandard
from litestar.types import Send

from service.formats import media
from service.http import work
from service.requests import negotiation


class Compressor(Protocol):
    """What compresses an answer part by part."""

    def compress(self, data: bytes, /) -> bytes:
        """Take some bytes, and return compressed ones, perhaps of earlier bytes."""

    def flush(self, mode: int = ..., /) -> bytes:
        """Return what is left."""


ENCODINGS: dict[str, Callable[[], Compressor]] = {
    "zstd": lambda: zstandard.ZstdCompressor().compressobj(),
    "gzip": lambda: zlib.compressobj(level=4, wbits=16 + zlib.MAX_WBITS),
}
"""The encodings of answers; the first is preferred where a client likes several alike."""
LEAST = 1024
"""Bytes of an answer that is worth compressing."""
SMALL = 64 * 1024
"""Bytes that are compressed at once, without a thread: they take about a millisecond."""
WORTH = re.compile(
    rf"text/(?!event-stream)|(application/(problem\+json|javascript)|{'|'.join(media.MEDIA_TYPES)}"
    rf"|{media.XML}|{re.escape(media.ARROW)})(;|$)"
)
"""Matches the media types that are not compressed themselves, as pictures and workbooks are."""
NO_MEMORY = (MemoryError, zstandard.ZstdError)
"""What compressors raise where there is no memory for them."""
OF_ENCODED = re.compile(rf'-({"|".join(ENCODINGS)})"$')
"""Finds the end of the entity tag of a compressed answer."""


def plain_tag(tag: str) -> str:
    """Return the entity tag of an answer's plain bytes.

    Examples
    --------
    >>> plain_tag('"5e1f-zstd"')
    '"5e1f"'
    """
    return OF_ENCODED.sub('"', tag)


def compressed(scope: Any, send: Send) -> Send:
    """Return what sends an answer, compressed as its request accepts."""
    headers = dict(scope["headers"])
    accepted = headers.get(b"accept-encoding", b"").decode("latin-1")
    encoding = negotiation.encoding(accepted, tuple(ENCODINGS))
    if not encoding or b"range" in headers:
        return send
    held: Any = None
    compressor: Compressor | None = None

    async def compress(message: Any) -> None:
        nonlocal held, compressor
        if message["type"] == "http.response.start" and _is_worth_it(message):
            held = dict(message)
            return
        if held:
            with suppress(*NO_MEMORY):  # what cannot be compressed goes out as it is
                starting = ENCODINGS[encoding]()
                message = await _squeezed(starting, message)
                held["headers"] = _encoded(held["headers"], encoding, message)
                compressor = starting
            await send(held)
            held = None
        elif compressor:
            message = await _squeezed(compressor, message)
        await send(message)

    return compress


def _is_worth_it(message: Any) -> bool:
    """Return whether an answer is whole, of text, long enough, and not compressed yet."""
    headers = dict(message["headers"])
    size = headers.get(b"content-length")
    return bool(
        message["status"] not in {206, 304}
        and b"content-encoding" not in headers
        and (size is None or int(size) >= LEAST)
        and WORTH.match(headers.get(b"content-type", b"").decode("latin-1"))
    )


def _encoded(headers: Any, encoding: str, first: Any) -> list[tuple[bytes, bytes]]:
    """Return the headers of a compressed answer, whose length is known if it comes in one piece."""
    told = encoding.encode()
    named = {name.lower(): value for name, value in headers if name.lower() != b"content-length"}
    if b"etag" in named:
        named[b"etag"] = named[b"etag"][:-1] + b"-" + told + b'"'
    if not first.get("more_body"):
        named[b"content-length"] = str(len(first["body"])).encode()
    return [*named.items(), (b"content-encoding", told)]


async def _squeezed(compressor: Compressor, message: Any) -> Any:
    """Return a message with its body compressed, in a thread where that takes long."""
    body = message.get("body", b"")
    squeeze = partial(_bytes, compressor, body, last=not message.get("more_body"))
    return {**message, "body": squeeze() if len(body) <= SMALL else await work.part(squeeze)}


def _bytes(compressor: Compressor, body: bytes, *, last: bool) -> bytes:
    """Compress some bytes; the last ones end the answer."""
    some = compressor.compress(body)
    return some + compressor.flush() if last else some
