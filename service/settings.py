"""The environment, read once, as a frozen record."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, inspect


class Peer(str):
    """The address of a machine, or of a network of them, such as 10.0.0.0/8; ``*`` is any."""


ADDRESS = r"^https?://[^\s/?#@]+(/[^\s/?#]+)*$"
"""An address without a slash at its end."""
ORIGIN = r"^(\*|null|(?!http://.*:80$|https://.*:443$)[a-z][a-z0-9+.-]*://[a-z0-9._*\[\]:-]+)$"
"""What a browser calls the origin of a page; ``*`` stands for any text."""
Origins = tuple[Annotated[str, Meta(pattern=ORIGIN)], ...]
Peers = tuple[Peer, ...]
Keys = tuple[Annotated[str, Meta(pattern="^[!-~]+$")], ...]
"""What headers can hold."""
Tokens = tuple[Annotated[str, Meta(pattern=r'^[!"$-.0->@-~]+$')], ...]
"""What a part of a path can hold."""
Seconds = Annotated[float, Meta(gt=0, le=3600)]
Notice = Annotated[float, Meta(ge=0, le=5)]
Address = Annotated[str, Meta(pattern=ADDRESS)]
Folder = Annotated[str, Meta(pattern="^/")]
Level = Literal["info", "warning", "error"]
LISTED = (Origins, Peers, Keys, Tokens)
SECRET = (Keys, Tokens)
"""Types whose values are not shown."""
LONGEST_SHOWN = 1000
"""Characters of a value that are shown."""
EXPECTED = {
    Origins: "origins as browsers send them, such as https://dash.example, in lower case ASCII,"
    " without a slash or path at the end, without :80 for http or :443 for https, or * for any,"
    " with commas between origins, none empty",
    Peers: "addresses such as 10.1.2.3, or networks such as 10.0.0.0/8, or * for any,"
    " with commas between them, none empty",
    Keys: "printable ASCII but spaces, with commas between keys, none empty",
    Tokens: "printable ASCII but spaces, /, ? and #, with commas between tokens, none empty",
    Seconds: "seconds above 0, at most 3,600",
    Notice: "seconds from 0 to 5",
    Level: "info, warning or error",
    Folder: "a folder such as /tmp, from the root on",
    Address: "an address such as https://costs.example, without a slash at its end",
}
"""What settings of these types must be, in words."""


class SettingError(ValueError):
    """A value that does not fit; names the environment variable."""


class Settings(Struct, frozen=True):
    """What an operator may set, each by the environment variable of the same name in capitals.

    Of lists the parts stand between commas.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8000
    public_url: Address = ""
    """The address under which clients reach the service: ``https://costs.example``."""
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    max_body_mb: Annotated[int, Meta(ge=1, le=4096)] = 64
    max_upload_mb: Annotated[int, Meta(ge=1, le=65536)] = 1024
    """Bodies that are sheets, which are read row by row."""
    max_header_kb: Annotated[int, Meta(ge=1, le=1024)] = 64
    """Request line and headers together."""
    max_spooled_mb: Annotated[int, Meta(ge=1, le=1_048_576)] = 8192
    """Temporary files of each process, all together: bodies that arrive, and CSV that is sent."""
    tmpdir: Folder = "/tmp"
    """Their folder; no other is taken while nothing can be written there."""
    max_concurrent: Annotated[int, Meta(ge=1, le=100_000)] = 256
    """Requests under ``/v1`` that each process works on at once; further ones are a 503."""
    max_connections: Annotated[int, Meta(ge=1, le=1_000_000)] = 1000
    """Connections that each worker keeps open, at most half of the files it may open."""
    header_timeout: Seconds = 10.0
    """Within this a client sends the request line and headers [s]."""
    body_timeout: Seconds = 10.0
    """Time in which a body must make progress [s]."""
    min_body_rate: Annotated[int, Meta(ge=1)] = 1000
    """Progress of a body, on average over each ``body_timeout`` [B/s]."""
    read_timeout: Seconds = 30.0
    """Time for which a client may leave unread what was sent [s]."""
    idle_timeout: Annotated[int, Meta(ge=1, le=3600)] = 5
    """Time for which a connection is kept open for a further request [s]."""
    stop_notice: Notice = 2.0
    """Time from the signal to stop for which ``/readyz`` is a 503 and all else goes on [s]."""
    log_level: Level = "info"
    """The least level of what is told; that of a request goes by its status."""
    forwarded_allow_ips: Peers = (Peer("127.0.0.1"), Peer("::1"))
    """Who may say by ``X-Forwarded-For`` and ``X-Forwarded-Proto`` how a client has asked."""
    cors_origins: Origins = ()
    """Origins whose pages may ask; ``*`` is any."""
    api_keys: Keys = ()
    """Keys of clients that send headers; with none, and no sheet token, everyone may ask."""
    price_age_days: Annotated[int, Meta(ge=0, le=36500)] = 0
    """Age of prices on the price date above which an answer tells of it [days]; 0 is any."""
    storecast_price_overlay: str = ""
    """A folder of own prices and discounts, laid over the list prices; none where it is empty."""
    sheet_tokens: Tokens = ()
    """Tokens of sheets, which read under ``/token/<token>/v1/…``."""

    @property
    def host_in_address(self) -> str:
        """The host as addresses have it: one of IPv6 in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def restricted(self) -> bool:
        """Whether only those who are known may ask."""
        return bool(self.api_keys or self.sheet_tokens)


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises
    ------
    SettingError
        where a value does not fit.
    """
    given = {}
    for field in msgspec.structs.fields(Settings):
        variable = field.name.upper()
        if text := environment.get(variable):
            given[field.name] = _read(variable, text, field.type)
    return Settings(**given)


def _read(variable: str, text: str, kind: Any) -> Any:
    """Read one setting; its value is shown as it was written, unless it may be a secret."""
    value = [part.strip() for part in text.split(",")] if kind in LISTED else text
    try:
        return msgspec.convert(value, kind, strict=False, dec_hook=_peer)
    except msgspec.ValidationError as error:
        got = "" if kind in SECRET else f"; got {text[:LONGEST_SHOWN]!r}"
        raise SettingError(f"{variable} must be {_expected(kind)}{got}") from error


def _peer(kind: type, text: str) -> Any:
    """Read an address or a network.

    Raises
    ------
    ValueError
        where it is neither.
    """
    if text != "*":
        ip_network(text)
    return kind(text)


def _expected(kind: Any) -> str:
    """Return in words what a setting must be; those of no other type are whole numbers."""
    if kind in EXPECTED:
        return EXPECTED[kind]
    bounds: Any = inspect.type_info(kind)
    most = f" to {bounds.le:,}" if bounds.le is not None else " up"
    return f"a whole number from {bounds.ge:,}{most}"
