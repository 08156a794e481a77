"""Documents in JSON and MessagePack, encoded piece by piece: the same bytes as of the whole."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from service.formats.media import JSON, MSGPACK


class ListAnswer(Struct, frozen=True):
    """An answer whose last member is a long list, viewed part by part."""

    head: Any
    """The answer with an empty list."""
    count: int
    """Items of the list."""
    parts: Callable[[], Iterator[list[Any]]]
    """Gives the list in parts."""

    @property
    def whole(self) -> Any:
        """The answer with its list."""
        last = self.head.__struct_fields__[-1]
        listed = list(chain.from_iterable(self.parts()))
        return msgspec.structs.replace(self.head, **{last: listed})


ENCODERS: dict[str, Callable[[Any], bytes]] = {
    JSON: msgspec.json.Encoder().encode,
    MSGPACK: msgspec.msgpack.Encoder().encode,
}
TOGETHER = 500
"""Records of a list that are encoded together."""
VALUES_TOGETHER = 10_000
"""Numbers or words of a list that are encoded together."""


def in_parts(answer: ListAnswer, media_type: str) -> Iterator[bytes]:
    """Encode a long answer part by part: the same bytes as of the whole in JSON."""
    encode = ENCODERS[media_type]
    if media_type == JSON:
        yield encode(answer.head).removesuffix(b"]}")
        yield from _members(answer.parts())
        yield b"]}"
        return
    head = encode(answer.head).removesuffix(EMPTY_LIST)
    yield head + LONG_LIST + answer.count.to_bytes(4, "big")
    for items in answer.parts():
        yield b"".join(map(encode, items))


def pieces(value: Any, media_type: str) -> Iterator[bytes]:
    """Encode a value piece by piece: the same bytes as of the whole.

    A single call would keep all other threads waiting as long as it takes.
    """
    if not _is_long(value):
        yield ENCODERS[media_type](value)
    elif isinstance(value, Struct):
        members = msgspec.structs.asdict(value)
        given = {name: member for name, member in members.items() if member is not UNSET}
        yield from _map_pieces(given, media_type)
    elif len(value) > TOGETHER:
        yield from list_pieces(_split(value), len(value), media_type)
    else:
        yield b"[" if media_type == JSON else _head(len(value), 0x90, 0xDC)
        for number, item in enumerate(value):
            yield b"," if number and media_type == JSON else b""
            yield from pieces(item, media_type)
        yield b"]" if media_type == JSON else b""


def _is_long(value: Any) -> bool:
    """Return whether a value holds a long list, or the first item of a list does."""
    if isinstance(value, list):
        return len(value) > TOGETHER or any(map(_is_long, value[:1]))
    if not isinstance(value, Struct) or value.__struct_config__.tag:
        return False
    return any(_is_long(getattr(value, name)) for name in value.__struct_fields__)


def _map_pieces(members: dict[str, Any], media_type: str) -> Iterator[bytes]:
    encode = ENCODERS[media_type]
    yield b"{" if media_type == JSON else _head(len(members), 0x80, 0xDE)
    for number, (name, value) in enumerate(members.items()):
        between, colon = (b"," if number else b"", b":") if media_type == JSON else (b"", b"")
        yield between + encode(name) + colon
        yield from pieces(value, media_type)
    yield b"}" if media_type == JSON else b""


def list_pieces(chunks: Iterable[list[Any]], count: int, media_type: str) -> Iterator[bytes]:
    """Encode a list that comes in chunks, none of them empty; ``count`` are its items."""
    if media_type == JSON:
        yield b"["
        yield from _members(chunks)
        yield b"]"
        return
    yield _head(count, 0x90, 0xDC)
    yield from map(_items, chunks)


def _members(chunks: Iterable[list[Any]]) -> Iterator[bytes]:
    """Encode the items of a list in JSON, without its brackets; nothing holds a chunk of them."""
    return map(_inner, chain((b"",), repeat(b",")), map(ENCODERS[JSON], chunks))


def _inner(before: bytes, encoded: bytes) -> bytes:
    return b"".join((before, memoryview(encoded)[1:-1]))


def _items(items: list[Any]) -> bytes:
    """Encode the items of a list in MessagePack, without what begins the list."""
    return ENCODERS[MSGPACK](items)[len(_head(len(items), 0x90, 0xDC)) :]


def records(chunks: Iterable[list[Any]], media_type: str) -> Iterator[bytes]:
    """Encode a list that comes in chunks; only MessagePack must know their count before."""
    if media_type == JSON:
        yield from list_pieces(chunks, 0, media_type)
        return
    counts, encoded = [], []
    for items in chunks:
        counts.append(len(items))
        encoded.append(_items(items))
    yield _head(sum(counts), 0x90, 0xDC)
    yield from encoded


def _split(items: list[Any]) -> Iterator[list[Any]]:
    """Split a list into the parts that are encoded together."""
    count = TOGETHER if isinstance(items[0], Struct | list | dict) else VALUES_TOGETHER
    return (items[start : start + count] for start in range(0, len(items), count))


def _head(count: int, short: int, long: int) -> bytes:
    """Begin a list or map of so many items in MessagePack."""
    if count < 16:
        return bytes([short | count])
    if count < 2**16:
        return bytes([long]) + count.to_bytes(2, "big")
    return bytes([long + 1]) + count.to_bytes(4, "big")


EMPTY_LIST, LONG_LIST = b"\x90", b"\xdd"
"""How MessagePack begins a list of no item, and one whose length has four bytes."""
