"""What estimates leave out: which entries of a service's list may touch a workload.

A service's tables list what its estimates do not cover, with the words and numbers of a workload
that each entry concerns; see :class:`~pricing.tables.NotCovered`.
"""

from collections.abc import Iterator, Mapping
from itertools import compress
from typing import Any

import numpy as np
from msgspec import inspect

from pricing.arrays import Flags
from pricing.errors import TableError
from pricing.model import WorkloadFields, kinds
from pricing.rates import WordColumn
from pricing.tables import NotCovered, Table

Entries = Mapping[str, NotCovered]


def check(table: Table, workload: type[WorkloadFields]) -> None:
    """Refuse a list that does not fit the workload of its service.

    Raises
    ------
    TableError
        naming the table, the entry and the fault.
    """
    entries = table.description.not_covered
    if not entries:
        raise TableError(f"{table.service}.toml: list under not_covered what estimates leave out")
    known = kinds(workload)
    for name, entry in entries.items():
        for fault in _faults(entry, known):
            raise TableError(f"{table.service}.toml: not_covered {name}: {fault}")


def _faults(entry: NotCovered, known: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an entry says of fields and words that the workload does not have."""
    for field, words in entry.where.items():
        if strange := sorted(set(map(str, words)) - set(map(str, _words(known.get(field))))):
            yield f"where: {field} takes no {strange}"
    for field in entry.above:
        if not isinstance(known.get(field), inspect.FloatType):
            yield f"above: {field} is no number of the workload"
    for field, words in entry.words.items():
        if not isinstance(known.get(field), inspect.LiteralType):
            yield f"words: {field} takes no words"
        elif taken := sorted(set(words) & set(_words(known[field]))):
            yield f"words: {field} takes {taken}"


def _words(kind: Any) -> tuple[Any, ...]:
    """Return what a field takes, if that can be listed."""
    if isinstance(kind, inspect.BoolType):
        return False, True
    return tuple(kind.values) if isinstance(kind, inspect.LiteralType) else ()


def named(entries: Entries, field: str, word: str) -> NotCovered | None:
    """Return the entry of the product that a word names, in any case, if it is one of ``words``."""
    asked = word.lower()
    found = (
        entry
        for entry in entries.values()
        if asked in (other.lower() for other in entry.words.get(field, ()))
    )
    return next(found, None)


def touching(entries: Entries, workload: Any) -> list[Any]:
    """Return the names of the entries that may touch each workload of a batch.

    Parameters
    ----------
    entries : the list of a service
    workload : a ``Workload`` that holds columns, of any number of axes

    Returns
    -------
    lists of names in the order of the entries, nested as the batch is; equal ones are one object
    """
    shape = workload.name.shape
    open_ended = {name: entry for name, entry in entries.items() if not entry.words}
    flags = np.ones((*shape, len(open_ended) + 1), dtype=bool)
    for at, entry in enumerate(open_ended.values()):
        flags[..., at] = _touches(entry, workload)
    rows = flags.reshape(-1, flags.shape[-1])
    packed = np.packbits(rows, axis=1)
    keys = packed.view(f"V{packed.shape[1]}").ravel()
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    lists = (list(compress(open_ended, row)) for row in rows[first].tolist())
    distinct = np.fromiter(lists, dtype=object, count=len(first))
    listed: list[Any] = distinct[place].reshape(shape).tolist()
    return listed


def _touches(entry: NotCovered, workload: Any) -> Flags:
    """Return where the words and numbers of a workload are those that an entry names."""
    touched: Flags = np.True_
    for field, words in entry.where.items():
        column = getattr(workload, field)
        if isinstance(column, WordColumn):
            touched = touched & column.isin(words)
        else:
            touched = touched & np.logical_or.reduce([column == word for word in words])
    for field, bound in entry.above.items():
        touched = touched & (getattr(workload, field) > bound)
    return touched
