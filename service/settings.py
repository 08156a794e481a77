"""The environment, read once, as a frozen record."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct


class Settings(Struct, frozen=True):
    """What an operator may set, each by the environment variable of the same name in capitals."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8000
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    max_body_mb: Annotated[int, Meta(ge=1, le=4096)] = 64
    max_upload_mb: Annotated[int, Meta(ge=1, le=65536)] = 1024
    """Bodies that are sheets, which are read row by row."""


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings; a value that does not fit is a ``msgspec.ValidationError`` naming it."""
    given = {
        name: environment[name.upper()]
        for name in Settings.__struct_fields__
        if environment.get(name.upper())
    }
    return msgspec.convert(given, Settings, strict=False)
