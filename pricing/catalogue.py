"""The catalogue: the tables of all services at one state, and the cards compiled from them.

A catalogue is a value. Several of them live side by side in one process, such as the price lists
of two days, or own prices, and each prices by its own tables.

What belongs to a catalogue: prices, rules, quotas, sources, the figures of instance classes, and
the days with prices. What belongs to a ``Workload`` type, and so to the release: its fields, the
words that they take (instance classes among them) and the default of ``price_date``. These are
read from the packaged tables as the types are made. A word that another catalogue does not know
has no price there, and a day after its newest prices takes the newest.
"""

import hashlib
from collections.abc import Mapping
from functools import cache, cached_property

from pricing import coverage, tables
from pricing.errors import UnknownServiceError
from pricing.model import registry
from pricing.quantities import REGIONS
from pricing.rates import Number, RateCard, compile_table
from pricing.tables import Table


class Catalogue:
    """Tables by service, and what follows from them; each is worked out once, when asked for.

    Examples
    --------
    >>> kinesis = Catalogue({"kinesis": packaged().table("kinesis")})
    >>> kinesis.version == packaged().version
    False
    """

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = dict(tables)
        self._cards: dict[tuple[str, Number], RateCard] = {}
        self._plans: dict[str, Table] = {}

    def table(self, service: str) -> Table:
        """Return the tables of a service.

        Raises
        ------
        UnknownServiceError
            naming the services that the catalogue has.
        """
        if service not in self._tables:
            raise UnknownServiceError(service, tuple(self._tables))
        return self._tables[service]

    def card(self, service: str, number: Number = float) -> RateCard:
        """Return the compiled tables of a service, as floats or as another kind of number."""
        key = service, number
        if key not in self._cards:
            self._cards[key] = compile_table(self.table(service), number)
        return self._cards[key]

    def plans(self, service: str) -> Table:
        """Return the prices of a service's plans, read when first asked for.

        Raises
        ------
        TableError
            naming the file, the row and the fault.
        """
        if service not in self._plans:
            self._plans[service] = tables.read_plans(self.table(service))
        return self._plans[service]

    @cached_property
    def version(self) -> str:
        """The day of the newest price, and a digest of every byte of the tables.

        The same version and release give the same answers for ever.
        """
        known = self._tables.values()
        content = "".join([repr(REGIONS), *(table.digest for table in known)])
        digest = hashlib.sha256(content.encode()).hexdigest()
        return f"{max(table.newest for table in known)}.{digest[:12]}"


@cache
def packaged() -> Catalogue:
    """Return the catalogue of the tables that come with this release.

    Raises
    ------
    TableError
        naming the table and the fault.
    """
    loaded = {key: tables.load(key) for key in registry()}
    for key, service in registry().items():
        coverage.check(loaded[key], service.workload)
    return Catalogue(loaded)
