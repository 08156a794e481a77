"""The format of an answer, and how it is compressed, chosen by the headers of a request."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.formats.media import ALIASES, FORMATS, XML, lacks, to_install
from service.problems import ProblemError

SERVER_PREFERENCE = {XML: 0.8}
"""Factor on a client's weight. Browsers list XML but not JSON; they should still get JSON."""
LONGEST_ACCEPT = 4096
"""Most characters of the ``Accept`` headers."""


def sent(request: Any, name: bytes) -> str:
    """Return all headers of a name as one; "" where there is none."""
    found = [value for one, value in request.scope["headers"] if one == name]
    return b", ".join(found).decode("latin-1") if found else ""


def accepted(request: Any) -> str:
    """Return all ``Accept`` headers of a request as one."""
    return sent(request, b"accept")


def negotiate(accept: str, offered: Sequence[str] = ("json", "msgpack")) -> str:
    """Choose the format of the answer by the ``Accept`` header; the first by default.

    Raises
    ------
    ProblemError
        406 where the header rules out every format, or is too long.
    """
    if accept in ("", "*/*", FORMATS[offered[0]]):
        return offered[0]
    if len(accept) > LONGEST_ACCEPT:
        message = f"the Accept header has {len(accept):,} characters; at most {LONGEST_ACCEPT:,}"
        raise ProblemError("not-acceptable", f"{message} are read")
    ranges = _ranges(accept)
    weights = {
        word: _weight(ranges, FORMATS[word]) * SERVER_PREFERENCE.get(FORMATS[word], 1)
        for word in offered
        if not lacks(word)
    }
    best = max(weights, key=weights.__getitem__)
    if weights[best] <= 0:
        raise not_acceptable(offered)
    return best


def encoding(accepted: str, offered: Sequence[str]) -> str:
    """Choose the encoding of the answer by ``Accept-Encoding``; "" where none is accepted."""
    if not accepted or len(accepted) > LONGEST_ACCEPT:
        return ""
    weights = _ranges(accepted)
    best = max(offered, key=lambda word: weights.get(word, weights.get("*", 0.0)))
    return best if weights.get(best, weights.get("*", 0.0)) > 0 else ""


def not_acceptable(offered: Sequence[str]) -> ProblemError:
    """Return the problem that lists the formats of a route, and what this server lacks of them."""
    on_offer = ", ".join(FORMATS[word] for word in offered if not lacks(word))
    lacking = "".join(f"; {to_install(word)}" for word in offered if lacks(word))
    return ProblemError("not-acceptable", f"on offer: {on_offer}{lacking}")


def _ranges(accept: str) -> dict[str, float]:
    """Return the weight of each media range of a header; the first of repeated ranges counts."""
    ranges: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        ranges.setdefault(ALIASES.get(name, name), _quality(parameters))
    return ranges


def _weight(ranges: Mapping[str, float], media_type: str) -> float:
    """Return the weight of a media type; the most specific range counts."""
    wider = f"{media_type.split('/')[0]}/*"
    return next((ranges[name] for name in (media_type, wider, "*/*") if name in ranges), 0.0)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                weight = float(parameter[2:])
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0
