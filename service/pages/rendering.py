"""Templates to HTML: everything that is shown is escaped, and every number keeps its exact value.

Jinja is loaded with the first page, and so costs a server nothing that is only asked by programs.
"""

import hashlib
import mimetypes
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from litestar import MediaType, Response
from litestar.exceptions import NotFoundException
from litestar.status_codes import HTTP_200_OK

from pricing.rates import Overlay
from service.answers import overlays
from service.http import delivery, work
from service.http.answering import Answer
from service.pages import forms
from service.pages.asking import Pairs
from service.problems import ProblemError
from service.routes.operation import Call

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(str(files("service").joinpath("pages"))).resolve()
STATIC = FOLDER / "static"
KEPT = "public, max-age=31536000, immutable"
"""How long a file of this version may be kept: its address changes with it."""
DIGITS = 6
"""Digits of a number that are shown; its exact value is beside it."""


@cache
def environment() -> "Environment":
    """Make the environment of the templates, which are compiled when they are first used."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters = {
        "money": money,
        "number": number,
        "price": price,
        "presented": presented,
        "share": share,
        "label": forms.label,
        "prose": prose,
        "capitalize_first": lambda text: text[:1].upper() + text[1:],
        "month": lambda moment: str(moment)[:7],
    }
    made.filters.update(filters)
    made.globals["regions"] = forms.REGION_NAMES
    return made


async def page(
    request: Call, template: str, shown: Callable[[], dict[str, Any]], status: int = HTTP_200_OK
) -> Response[bytes]:
    """Return a page, which is made in a thread; ``shown`` gives what it shows.

    Its links are relative, so that it may stand behind any prefix.
    """
    where = root(request.scope["path"])
    overlay = request.app.state.catalogue.overlay
    body = await work.done(request, 0, partial(_rendered, template, where, overlay, shown))
    if status != HTTP_200_OK:
        headers = {"Cache-Control": "no-store"}
        return Response(body, status_code=status, media_type=MediaType.HTML, headers=headers)
    return delivery.respond(request, Answer(body, MediaType.HTML))


def _rendered(
    template: str, where: str, overlay: Overlay | None, shown: Callable[[], dict[str, Any]]
) -> bytes:
    text = environment().get_template(template)
    return text.render(root=where, version=version(), overlay=overlay, **shown()).encode()


def moved(request: Call, pairs: Pairs) -> Response[bytes]:
    """Lead to the address that says the same in the API's words."""
    here = request.scope["path"].rpartition("/")[2]
    place = f"{here}?{urlencode(pairs)}" if pairs else here or "./"
    return Response(b"", status_code=302, headers={"Location": place, "Cache-Control": "no-store"})


async def refused(request: Call, error: ProblemError) -> Response[bytes]:
    """Show a problem that has no form to stand in."""
    scope: Any = request.scope
    scope["problem"] = error.kind.slug
    return await page(request, "problem.html", lambda: {"problem": error}, error.kind.status)


def root(path: str) -> str:
    """Return the way from a page to where the service begins.

    Examples
    --------
    >>> root("/"), root("/plan/s3"), root("/plan/s3/comparison")
    ('./', '../', '../../')
    """
    return "../" * (path.count("/") - 1) or "./"


@cache
def version() -> str:
    """Return a digest of all files that pages load."""
    digest = hashlib.sha256()
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def static(request: Call) -> Response[bytes]:
    """Return a file that pages load; one of another version may not be kept."""
    name = str(request.path_params["name"]).lstrip("/")
    path = (STATIC / name).resolve()
    if not (path.is_relative_to(STATIC) and path.is_file()):
        raise NotFoundException
    kind = mimetypes.guess_type(path)[0] or "text/plain"
    response = delivery.respond(request, Answer(path.read_bytes(), kind))
    current = request.path_params["version"] == version()
    response.headers["Cache-Control"] = KEPT if current else "no-cache"
    return response


def money(amount: float | None) -> str:
    """Spell an amount of dollars; small ones to four digits.

    Examples
    --------
    >>> money(2628.0), money(0.00123456), money(-3.5), money(None), money(0.0)
    ('$2,628.00', '$0.001235', '-$3.50', 'not known', '$0.00')
    """
    if amount is None:
        return "not known"
    size = abs(amount)
    spelled = f"{size:,.2f}" if size >= 0.01 or not size else _plain(size, 4)
    return ("-" if amount < 0 else "") + f"${spelled}"


def number(amount: float | None) -> str:
    """Spell a number with marks of thousands, rounded to what can be read.

    Examples
    --------
    >>> number(1314000000.0), number(0.7512345678), number(12345.678), number(None)
    ('1,314,000,000', '0.751235', '12,345.7', 'not known')
    >>> number(1e18), number(2e-9)
    ('1e+18', '0.000000002')
    """
    if amount is None:
        return "not known"
    if amount == round(amount) and abs(amount) < 1e15:
        return f"{amount:,.0f}"
    if abs(amount) >= 1e15:
        return f"{amount:.4g}"
    if abs(amount) >= 1000:
        return f"{amount:,.1f}"
    return _plain(amount, DIGITS)


def price(amount: float | None) -> str:
    """Spell the price of one unit in full.

    Examples
    --------
    >>> price(1.25e-07), price(0.115), price(None)
    ('$0.000000125', '$0.115', 'not known')
    """
    return "not known" if amount is None else f"${_plain(amount, 10)}"


def presented(cost: float, overlay: Overlay) -> str:
    """Spell a cost in the currency in which an operator shows costs.

    Examples
    --------
    >>> presented(2628.0, Overlay("acme", "7", "EUR", 0.5))
    '1,314.00 EUR'
    """
    return f"{overlays.presented(overlay, cost):,.2f} {overlay.currency}"


def share(part: float | None) -> str:
    """Spell a share in percent.

    Examples
    --------
    >>> share(0.75), share(12.5), share(0.0004), share(None)
    ('75 %', '1,250 %', '0.04 %', 'not known')
    """
    if part is None:
        return "not known"
    percent = part * 100
    if percent > 1e6:
        return "over 1,000,000 %"
    return f"{percent:,.0f} %" if percent >= 1 or not percent else f"{_plain(percent, 2)} %"


def _plain(amount: float, digits: int) -> str:
    """Spell a number without an exponent, and without zeros at its end."""
    from decimal import Decimal

    return f"{Decimal(f'{amount:.{digits}g}'):f}"


def prose(text: str) -> Any:
    """Show names that stand between backticks as code."""
    from markupsafe import Markup, escape

    parts = str(text).split("`")
    shown = (
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )
    return Markup("").join(shown)


LONGEST_QUOTED = 250
"""Characters of a text within a formula; Excel takes 255."""


def formula(address: str) -> str:
    """Return the formula by which a cell asks for a number.

    Examples
    --------
    >>> formula("http://here/v1/s3/estimate.txt?region=us-east-1")
    '=NUMBERVALUE(WEBSERVICE("http://here/v1/s3/estimate.txt?region=us-east-1"),".")'
    """
    size = LONGEST_QUOTED
    parts = [address[place : place + size] for place in range(0, len(address), size)]
    quoted = "&".join('"{}"'.format(part.replace('"', '""')) for part in parts)
    return f'=NUMBERVALUE(WEBSERVICE({quoted}),".")'
