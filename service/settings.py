"""The environment, read once, as a frozen record."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

Listed = tuple[Annotated[str, Meta(min_length=1)], ...]


class Settings(Struct, frozen=True):
    """What an operator may set, each by the environment variable of the same name in capitals.

    Of lists the parts stand between commas.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8000
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    max_body_mb: Annotated[int, Meta(ge=1, le=4096)] = 64
    max_upload_mb: Annotated[int, Meta(ge=1, le=65536)] = 1024
    """Bodies that are sheets, which are read row by row."""
    max_spooled_mb: Annotated[int, Meta(ge=1, le=1_048_576)] = 8192
    """Temporary files of each worker, all together: bodies that arrive, and CSV that is sent."""
    max_concurrent: Annotated[int, Meta(ge=1, le=100_000)] = 256
    """Requests under ``/v1`` that each worker takes at once; further ones are a 503."""
    cors_origins: Listed = ()
    """Origins whose pages may ask; ``*`` is any."""
    api_keys: Listed = ()
    """Keys of clients that send headers; with none, and no sheet token, everyone may ask."""
    sheet_tokens: Listed = ()
    """Tokens of sheets, which read under ``/token/<token>/v1/…``."""

    @property
    def restricted(self) -> bool:
        """Whether only those who are known may ask."""
        return bool(self.api_keys or self.sheet_tokens)


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings; a value that does not fit is a ``msgspec.ValidationError`` naming it."""
    given: dict[str, Any] = {
        name: environment[name.upper()]
        for name in Settings.__struct_fields__
        if environment.get(name.upper())
    }
    for field in msgspec.structs.fields(Settings):
        if field.type == Listed and field.name in given:
            given[field.name] = [part.strip() for part in given[field.name].split(",")]
    return msgspec.convert(given, Settings, strict=False)
