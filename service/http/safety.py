"""What every answer tells a browser: nothing here is a page, a frame or a place to leak from."""

import base64
import hashlib

PAGE = "/docs"
"""The path of the only page, which has a policy of its own."""
POLICY = b"content-security-policy"
OF_A_PAGE = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
"""Headers of a page, beside its own policy; its address may hold the token of a sheet."""
HEADERS = [*OF_A_PAGE, (POLICY, b"default-src 'none'; frame-ancestors 'none'")]
"""Headers of every other answer."""


def page(script: str) -> str:
    """Return the policy of a page with one script of its own.

    It loads scripts, styles and pictures of this service only.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    own = f"script-src 'self' 'sha256-{digest}'; style-src 'self' 'unsafe-inline'"
    return f"default-src 'self'; {own}; img-src 'self' data:; frame-ancestors 'none'"
