"""The catalogue: one version of every service's tables, and the cards compiled from them.

A catalogue is a value. Several can exist in one process, for example the price lists of two days
or negotiated prices (:mod:`pricing.overlay`). Each prices by its own tables.

A catalogue holds prices, rules, quotas, sources, the specifications of instance classes, and the
days with prices. A ``Workload`` type belongs to the release instead: its fields, the words they
accept (such as instance classes) and the default of ``price_date`` are read from the packaged
tables when the type is created. A word that another catalogue does not know has no price there. A
day after a catalogue's newest prices gets the newest.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache, cached_property
from importlib.resources.abc import Traversable

from pricing import coverage, tables
from pricing.errors import UnknownServiceError
from pricing.model import registry
from pricing.quantities import REGIONS
from pricing.rates import Number, Overlay, Rate, RateCard, compile_table, laid_over
from pricing.tables import Table


class Catalogue:
    """Tables by service, and what is derived from them, each once and on first use.

    ``overlay`` says whose prices the tables hold, where they are not list prices; ``listed`` is
    then the catalogue of list prices, and else the catalogue itself. Answers tell of prices that
    are older than ``price_age`` [days] on the price date; 0 is any.

    Examples
    --------
    >>> kinesis = Catalogue({"kinesis": packaged().table("kinesis")})
    >>> kinesis.version == packaged().version
    False
    """

    def __init__(
        self,
        tables: Mapping[str, Table],
        overlay: Overlay | None = None,
        listed: "Catalogue | None" = None,
        price_age: int = 0,
    ) -> None:
        self._tables = dict(tables)
        self.overlay, self.listed, self.price_age = overlay, listed or self, price_age
        self._cards: dict[tuple[str, Number], RateCard] = {}
        self._plans: dict[str, Table] = {}
        self._plan_rates: dict[str, Mapping[str, Rate]] = {}

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its services."""
        return tuple(self._tables)

    def table(self, service: str) -> Table:
        """Return the tables of a service.

        Raises
        ------
        UnknownServiceError
            if the catalogue has no such service; lists those it has.
        """
        if service not in self._tables:
            raise UnknownServiceError(service, tuple(self._tables))
        return self._tables[service]

    def card(self, service: str, number: Number = float) -> RateCard:
        """Return the compiled tables of a service, as floats or as another kind of number."""
        key = service, number
        if key not in self._cards:
            table = self.table(service)
            card = (
                laid_over(table, self.listed.table(service), self.overlay, number)
                if self.overlay
                else compile_table(table, number)
            )
            newest = self.listed.newest
            self._cards[key] = replace(card, price_age=self.price_age, newest=newest)
        return self._cards[key]

    def telling_age(self, days: int) -> "Catalogue":
        """Return this catalogue, whose answers tell of prices that are older [days]; 0 is any."""
        listed = None if self.listed is self else self.listed
        return Catalogue(self._tables, self.overlay, listed, days)

    def plans(self, service: str) -> Table:
        """Return the prices of a service's plans, which are read on first use.

        Raises
        ------
        TableError
            if the file breaks the data discipline; names the file, the row and the fault.
        """
        if service not in self._plans:
            self._plans[service] = tables.read_plans(self.table(service))
        return self._plans[service]

    def plan_rates(self, service: str) -> Mapping[str, Rate]:
        """Return the compiled prices of a service's plans by meter; none where it has no plans."""
        if service not in self._plan_rates:
            has_plans = self.table(service).plans is not None
            self._plan_rates[service] = (
                compile_table(self.plans(service)).rates if has_plans else {}
            )
        return self._plan_rates[service]

    @cached_property
    def newest(self) -> date:
        """The day of the newest price of all services."""
        return max(table.newest for table in self._tables.values())

    @cached_property
    def version(self) -> str:
        """The day of the newest price, and a digest of every byte of the tables.

        The same version and release always give the same answers.
        """
        known = self._tables.values()
        content = "".join([repr(REGIONS), *(table.digest for table in known)])
        digest = hashlib.sha256(content.encode()).hexdigest()
        version = f"{self.newest}.{digest[:12]}"
        overlay, age = self.overlay, self.price_age
        version += f"+{overlay.name}.{overlay.version}" if overlay else ""
        return version + (f"+age-{age}" if age else "")


@cache
def packaged() -> Catalogue:
    """Return the catalogue of this release's own tables.

    Raises
    ------
    TableError
        naming the table and the fault.
    """
    return of_folder(tables.TABLES)


def of_folder(folder: Traversable) -> Catalogue:
    """Return the catalogue of a folder of tables.

    Raises
    ------
    TableError
        naming the table and the fault.
    """
    loaded = {key: tables.load(key, folder) for key in registry()}
    for key, service in registry().items():
        coverage.check(loaded[key], service.workload)
    return Catalogue(loaded)
