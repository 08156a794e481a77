"""``python -m service``: serve until stopped, and say where to look first."""

import os

from granian import Granian
from granian.constants import Interfaces

from pricing.model import registry
from service import catalogue
from service.settings import from_environment


def main() -> None:
    """Serve on HOST and PORT."""
    settings = from_environment(os.environ)
    base = f"http://{settings.host}:{settings.port}"
    for service in registry().values():
        print(f"{service.name}: {base}{catalogue.example(service)}")
    print(f"Docs: {base}/docs", flush=True)
    Granian(
        "service.app:create_app",
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        interface=Interfaces.ASGI,
        factory=True,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    main()
