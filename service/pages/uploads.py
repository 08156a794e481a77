"""A form that is sent with a sheet, in a file within what the operator allows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO

from msgspec import Struct
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from service.formats import media
from service.formats.spools import spool
from service.problems import ProblemError
from service.routes.operation import Call

MOST_PARTS = 50
"""Inputs of a form."""
LONGEST = 10_000
"""Bytes of an input that is no sheet."""
SHEETS = ("workloads", "sheet")
"""The inputs of which one is a sheet: a text that is pasted, or a file."""
ZIPPED = b"PK"
"""What an XLSX begins with."""


class Sent(Struct, frozen=True):
    """What a form says, and the sheet that was sent with it."""

    pairs: list[tuple[str, str]]
    sheet: BinaryIO
    media_type: str
    is_file: bool


@asynccontextmanager
async def received(request: Call) -> AsyncIterator[Sent]:
    """Receive a form; of a file and a text that is pasted the first counts that is not empty.

    Raises
    ------
    ProblemError
        400 where it is no such form, 413 where it exceeds the operator's limit.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise ProblemError("unsupported-media-type", "send multipart/form-data, as the page does")
    with spool() as file:
        form = _Form(file)
        try:
            with PushMultipartParser(
                options["boundary"], max_segment_count=MOST_PARTS, strict=False
            ) as parser:
                async for part in _within(request):
                    for event in parser.parse(part):
                        form.take(event)
        except MultipartError as error:
            raise ProblemError("malformed-body", f"the form cannot be read: {error}") from error
        file.seek(0)
        zipped = file.read(len(ZIPPED)) == ZIPPED
        file.seek(0)
        media_type = media.FORMATS["xlsx" if zipped else "csv"]
        yield Sent(form.pairs, file, media_type, form.is_file)


async def _within(request: Call) -> AsyncIterator[bytes]:
    """Yield a body part by part, as far as it may go."""
    limit, size = request.app.state.settings.max_upload_mb * 1024**2, 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            message = f"the form exceeds {limit:,} bytes, the server's limit"
            raise ProblemError("body-too-large", f"{message} (MAX_UPLOAD_MB)")
        yield part


class _Form:
    """The inputs of a form as they arrive."""

    def __init__(self, file: BinaryIO) -> None:
        self.pairs: list[tuple[str, str]] = []
        self._file = file
        self._name, self._value, self._sheet = "", bytearray(), ""

    @property
    def is_file(self) -> bool:
        """Whether the sheet is a file."""
        return self._sheet == "sheet"

    def take(self, event: Any) -> None:
        """Take the next event of the parser: the head of an input, some of it, or its end."""
        if isinstance(event, MultipartSegment):
            self._name, self._value = event.name, bytearray()
        elif event:
            self._more(event)
        elif self._name not in SHEETS:
            self.pairs.append((self._name, self._value.decode(errors="replace")))

    def _more(self, some: bytes) -> None:
        if self._name in SHEETS:
            if self._takes_sheet():
                self._file.write(some)
        elif len(self._value) + len(some) <= LONGEST:
            self._value += some

    def _takes_sheet(self) -> bool:
        """Return whether this input is the sheet: the first that is not empty."""
        self._sheet = self._sheet or self._name
        return self._sheet == self._name
