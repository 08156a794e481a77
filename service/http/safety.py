"""What every answer tells a browser: what it may load, that it is no frame and leaks nothing."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache

from litestar.config.cors import CORSConfig

Headers = Sequence[tuple[bytes, bytes]]
PAGE = "/docs"
"""The path of the page that documents the API, which has a policy of its own."""
PLANS = "/plan/"
"""What the paths of the pages for people begin with; the first of them is at the root."""
POLICY = b"content-security-policy"
OF_A_PAGE = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
"""Headers of a page, beside its own policy; its address may hold the token of a sheet."""
HEADERS = [*OF_A_PAGE, (POLICY, b"default-src 'none'; frame-ancestors 'none'")]
"""Headers of every other answer."""
OF_PLANS = [
    *OF_A_PAGE,
    (
        POLICY,
        b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
        b" object-src 'none'",
    ),
]
"""Headers of the pages for people: all that they load is a file of this service."""
EXPOSED = [
    "Accept-Ranges",
    "Catalog-Version",
    "Content-Range",
    "ETag",
    "Price-Overlay",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "X-Request-ID",
]
"""Headers that pages of other origins may see."""


def headers(path: str) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer at a path."""
    if path == PAGE:
        return OF_A_PAGE
    return OF_PLANS if path == "/" or path.startswith(PLANS) else HEADERS


@cache
def cors(origins: tuple[str, ...]) -> CORSConfig | None:
    """Return which pages of other origins may ask, and what they may see."""
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_methods=["GET", "HEAD", "POST", "OPTIONS"],
        allow_headers=["Authorization", "Content-Type", "If-None-Match", "Range", "X-API-Key"],
        expose_headers=EXPOSED,
    )


def allowed(asked: Headers, origins: tuple[str, ...]) -> Headers:
    """Return what lets the page of another origin see an answer, if the operator names it."""
    config = cors(origins)
    origin = next((value for name, value in asked if name == b"origin"), b"")
    if config is None or not config.is_origin_allowed(origin.decode("latin-1")):
        return ()
    shown = b"*" if config.is_allow_all_origins else origin
    exposed = ", ".join(EXPOSED).encode()
    told = b"access-control-allow-origin", b"access-control-expose-headers"
    return tuple(zip(told, (shown, exposed), strict=True))


def page(script: str) -> str:
    """Return the policy of a page with one script of its own.

    It loads scripts, styles and pictures of this service only.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    own = f"script-src 'self' 'sha256-{digest}'; style-src 'self' 'unsafe-inline'"
    return f"default-src 'self'; {own}; img-src 'self' data:; frame-ancestors 'none'"
