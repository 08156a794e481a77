"""``python -m service``: serve until stopped, and say where to look first."""

import gc
import os

if __name__ == "__main__":  # before anything else is loaded
    gc.disable()  # until the app is made: what is loaded stays, and is no garbage
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no formula multiplies matrices

import socket
import sys
import tempfile
from contextlib import nullcontext
from functools import partial
from typing import Any, cast

import uvicorn

from pricing.errors import TableError
from pricing.model import registry
from service import logs
from service.answers import catalogue
from service.app import Storecast, always, create_app, prices_of
from service.http import large_work, metrics, stopping
from service.http.server import PatientProtocol, seconds_to_finish
from service.settings import SettingError, Settings, from_environment

SWITCH_SECONDS = 0.0002
"""How long a thread keeps the interpreter while another waits for it [s].

Python's own 5 ms start anew whenever the thread lets go of the interpreter for a moment, as each
write to a file does. A thread that writes a workbook would keep the event loop waiting for seconds.
"""

GARBAGE = 20_000
"""Objects that are made, and not yet freed, before garbage is looked for.

An estimate makes hundreds, of which all but a few are freed without a look.
"""

SECONDS_TO_ANSWER = 15
"""Time after which a silent worker is replaced; on a busy machine sound ones are slow [s]."""

THIS_MACHINE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
"""Where to look on this machine for what listens on all addresses."""


def app() -> Storecast:
    """Make the app as the environment sets it; each worker calls this.

    What is loaded then stays for good, so that no collection of garbage need look at it, now or
    later: a thousand of 150,000 objects are garbage.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    settings = from_environment(os.environ)
    logs.configure(settings.log_level)
    tempfile.tempdir = settings.tmpdir
    made = create_app(settings)
    made.on_startup.append(partial(stopping.give_notice, made.state, settings.stop_notice))
    gc.freeze()
    gc.set_threshold(GARBAGE)
    gc.enable()
    return made


def main() -> None:
    """Serve on HOST and PORT."""
    try:
        settings = from_environment(os.environ)
    except SettingError as error:
        raise SystemExit(f"a setting in the environment does not fit: {error}") from error
    try:
        prices = prices_of(settings.storecast_price_overlay, settings.price_age_days)
    except TableError as error:
        folder = settings.storecast_price_overlay
        raise SystemExit(f"STORECAST_PRICE_OVERLAY {folder} cannot be used: {error}") from error
    if prices.overlay:
        print(f"Prices: overlay {prices.overlay.name} {prices.overlay.version}")
    if not os.path.isdir(settings.tmpdir):
        raise SystemExit(f"TMPDIR {settings.tmpdir} cannot be used: it is not a folder")
    if taken := _refusal(settings.host, settings.port):
        raise SystemExit(
            f"HOST {settings.host} and PORT {settings.port} cannot be served: {taken};"
            " PORT=9000 make serve uses another port"
        )
    host = THIS_MACHINE.get(settings.host, settings.host_in_address)
    base = f"http://{host}:{settings.port}"
    for service in registry().values():
        print(f"{service.name}: {base}{catalogue.example(service)}")
    print(f"Pages: {base}/")
    print(f"Docs: {base}/docs", flush=True)
    logs.configure(settings.log_level)
    tempfile.tempdir = settings.tmpdir
    serve(configured(settings))


def configured(settings: Settings) -> uvicorn.Config:
    """Return how the settings have uvicorn serve."""
    prices = prices_of(settings.storecast_price_overlay, settings.price_age_days)
    proxies = settings.forwarded_allow_ips
    return uvicorn.Config(
        "service.__main__:app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop="uvloop",
        http=cast("Any", partial(PatientProtocol, settings, always(prices, settings))),
        ws="none",
        access_log=False,
        server_header=False,
        forwarded_allow_ips="*" if "*" in proxies else list(map(str, proxies)),
        log_config=None,
        log_level="error",
        timeout_worker_healthcheck=SECONDS_TO_ANSWER,
        timeout_keep_alive=settings.idle_timeout,
        timeout_graceful_shutdown=cast("Any", seconds_to_finish(settings)),
    )


def serve(config: uvicorn.Config) -> None:
    """Serve until stopped, in this process or in workers of it."""
    several = config.workers > 1
    with metrics.shared() if several else nullcontext():
        if several:
            stopping.Workers(config, [config.bind_socket()]).run()
        else:
            large_work.Serving(config).run()


def _refusal(host: str, port: int) -> str:
    """Return why nothing can listen at an address; empty where it can."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        return str(error.strerror)
    return ""


if __name__ == "__main__":
    main()
