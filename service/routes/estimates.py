"""Estimates of one service: one workload from the query, many from a body or a sheet."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any, BinaryIO

from litestar.handlers import HTTPRouteHandler

from pricing import engine, portfolio
from pricing.catalogue import Catalogue
from pricing.engine import Bill
from pricing.model import Service
from pricing.portfolio import PortfolioPart
from service import counting, waiting
from service.answers import catalogue, columns, estimates, flat, summaries
from service.formats import media, readers
from service.formats.media import Dialect
from service.formats.readers import Sheet
from service.formats.table import Table
from service.http import answering, delivery, receiving, work
from service.http.answering import Answer, Download, Parts, Tables
from service.http.coalescer import Coalescer
from service.problems import ProblemError, Violation
from service.requests import batches, bodies, sheets
from service.requests import presentation as presentations
from service.requests.presentation import TOTALS, Presentation, Query
from service.requests.sheets import Batch, Expected
from service.routes.operation import (
    ASKED,
    SENT,
    Call,
    Nothing,
    Operation,
    calculating,
    in_batch,
    in_query,
    reading,
    refusing,
)

VIEWS = ("workloads", "charges", TOTALS)


def estimate(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route the estimate of one workload."""
    query = Query(service.workload, views=VIEWS)
    coalescer = Coalescer(service, prices)
    operation = Operation(
        f"estimate_{service.key}",
        f"Estimate one {service.name} workload",
        estimates.answer_types(service).estimate,
        query=query,
        statuses=ASKED,
        example=catalogue.example_fields(service),
    )

    @reading("/estimate", operation)
    async def estimate(request: Call) -> Answer:
        workload, presentation = presentations.asked(request, query)
        with refusing(in_query):
            estimated = await coalescer.estimate(workload)
        counting.asked(1)
        if not estimated.complete:
            raise unpriced(estimated)
        tables = estimate_tables(lambda: [engine.estimate(service, [workload], prices)])
        return answering.answer(presentation, lambda: estimated, tables)

    return estimate


def unpriced(estimate: Any) -> ProblemError:
    """Return the problem that names each charge without a price."""
    charges = estimates.unpriced_charges(estimate)
    counting.unpriced_charges(len(charges))
    found = [Violation(f"{line.sku_id}: {line.note}") for line in charges]
    return ProblemError("unpriced", "a price is not known, and an unknown price is not zero", found)


def estimate_batch(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route the estimates of many workloads, from a document or a sheet."""
    in_columns = columns.types(service).answer
    query = Query(
        Nothing,
        views=VIEWS,
        columns=in_columns,
        tables=media.TABLES,
        offered=presentations.WITH_ARROW,
    )
    operation = Operation(
        f"estimate_{service.key}_batch",
        f"Estimate many {service.name} workloads as independent alternatives",
        estimates.answer_types(service).estimates,
        body=partial(batches.of_service, service),
        query=query,
        statuses=SENT,
        example={"workloads": [catalogue.example_fields(service)]},
    )

    @calculating("/estimates", operation)
    async def estimate_batch(request: Call) -> Answer | Download | Parts:
        _, presentation = presentations.asked(request, query)
        media_type = bodies.body_type(request.headers, media.TABLES)
        async with receiving.received(request) as body:
            calculate = partial(_estimate_document, request, service, prices, presentation, body)
            if media_type not in media.MEDIA_TYPES:
                sheet = partial(
                    readers.opened, body, media_type, presentation.sep, presentation.decimal
                )
                calculate = partial(_estimate_sheet, service, prices, presentation, sheet)
            return await work.done(request, batch_size(body, presentation), calculate)

    return estimate_batch


def batch_size(body: BinaryIO, presentation: Presentation) -> float:
    """Estimate the work of a batch in viewed workloads; see :mod:`service.http.work`."""
    workloads = receiving.length(body) / work.BYTES_OF_A_WORKLOAD
    return work.size_as(presentation.format, workloads)


def _estimate_document(
    request: Call, service: Service, prices: Catalogue, presentation: Presentation, body: BinaryIO
) -> Answer | Download | Parts:
    part = _sent_batch(request, service, body)
    with refusing(in_batch):
        portfolio.refuse([part], prices)
    counting.asked(len(part.rows))
    return _batch_answer(presentation, part, prices, estimate_tables(partial(_bills, part, prices)))


def _sent_batch(request: Call, service: Service, body: BinaryIO) -> PortfolioPart:
    """Read a batch as columns."""

    def made(workloads: list[Any]) -> list[PortfolioPart]:
        waiting.go_on()
        return portfolio.columns([service] * len(workloads), workloads)

    kind = batches.of_service(service)
    chunks, _ = bodies.decode_rows(body.read(), request.headers, kind, made)
    (part,) = portfolio.concatenated(chunks)
    return part


def _estimate_sheet(
    service: Service, prices: Catalogue, presentation: Presentation, opened: Callable[[], Sheet]
) -> Answer | Download | Parts:
    """Price a sheet; to CSV and Arrow in chunks, so that memory use stays constant."""
    sheet = opened()
    first_days = sheets.first_days([service.key], prices)
    keeps, own = bool(presentation.keep_extra), frozenset(flat.columns_of(service, prices))
    reserved = flat.reserved_names(presentation.view, prices)
    services = {service.key: service}
    expected = Expected(services, first_days, False, keeps, own, reserved=reserved)
    if presentation.format in answering.IN_CHUNKS:
        priced = _priced_rows(sheet, expected, prices, presentation)
        parts = answering.in_format(presentation, priced, sheet.dialect)
        return delivery.downloaded(parts, media.FORMATS[str(presentation.format)])
    batch = sheets.whole(sheet, expected)
    (part,) = batch.parts
    counting.asked(len(part.rows))
    return _batch_answer(presentation, part, prices, _tables(batch, prices, 0), sheet.dialect)


def _batch_answer(
    presentation: Presentation,
    part: PortfolioPart,
    prices: Catalogue,
    tables: Tables,
    sent: Dialect = presentations.USUAL,
) -> Answer | Download | Parts:
    """Return a batch in its format, view and layout."""
    if presentation.layout == "columns":
        return answering.answer(
            presentation, lambda: columns.columns(portfolio.priced(part, prices)), {}
        )
    viewed = partial(estimates.batch, part.service, part.workload, prices.card(part.service.key))
    return delivery.many(presentation, viewed, tables, sent)


def _priced_rows(
    sheet: Sheet, expected: Expected, prices: Catalogue, presentation: Presentation
) -> Iterator[Table]:
    """Yield a view of a sheet, priced in chunks of rows."""
    batches = map(_counted, waiting.each(sheets.batches(sheet, expected)))
    if presentation.view == TOTALS:
        bills = (_bills(part, prices) for batch in batches for part in batch.parts)
        yield summaries.table_of_totals(chain.from_iterable(bills))
        return
    done = 0
    for batch in batches:
        yield from _tables(batch, prices, done)[presentation.view or "workloads"]()
        done += len(batch.parts[0].rows)


def _counted(batch: Batch) -> Batch:
    """Count the rows of a batch, and return it."""
    counting.asked(len(batch.parts[0].rows))
    return batch


def _tables(batch: Batch, prices: Catalogue, first: int) -> Tables:
    """Return the tables of one service's rows; ``first`` is the first row's place in the sheet."""
    (part,) = batch.parts
    tables = estimate_tables(partial(_bills, part, prices), first)
    return answering.with_extra_columns(tables, batch.extra, first)


def _bills(part: PortfolioPart, prices: Catalogue) -> Iterator[Bill]:
    """Price workloads as independent alternatives, in chunks of rows."""
    return engine.priced_in_chunks(part.service, part.workload, prices.card(part.service.key))


def estimate_tables(billed: Callable[[], Iterable[Bill]], first: int = 0) -> Tables:
    """Return the tables of a batch whose bill comes in parts.

    ``first`` is the place of the first workload.
    """

    def charges() -> Iterator[Table]:
        done = first
        for bill in billed():
            count = len(bill.workload.name)
            yield flat.charges(bill, range(done, done + count))
            done += count

    return {
        "workloads": lambda: map(flat.workloads, billed()),
        "charges": charges,
        TOTALS: lambda: [summaries.table_of_totals(billed())],
    }
