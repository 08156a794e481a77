"""The programs that the tests start: the service, page servers, LibreOffice, node with Chromium."""

import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.server import ROOT, serving

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
MODULES = HERE / "node_modules" / ".bin"
"""Where the programs of Python's and of node's packages are."""
CONTRACT = ROOT / "openapi" / "openapi.json"
EXAMPLES = ROOT / "openapi" / "examples"
CSV = "Text - txt - csv (StarCalc)"
XLSX = "Calc MS Excel 2007 XML"
"""What LibreOffice calls these formats."""
PATIENCE = 60.0
"""How long a program may take to be there, or to do one job [seconds]."""


def found(name: str) -> str:
    """Return a program's path; a client that is missing is a failure."""
    path = shutil.which(name)
    assert path, f"{name} is not installed"
    return path


@contextmanager
def started(command: list[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program in a session of its own, and end all of it afterwards."""
    with (
        log.open("wb") as said,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | environment,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as program,
    ):
        try:
            yield program
        finally:
            end(program)


def end(program: subprocess.Popen[bytes]) -> None:
    """End a program and what it started: asked first, then made to."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(program.pid, how)
            program.wait(10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


@contextmanager
def service(**settings: str) -> Iterator[str]:
    """Run Storecast, and yield its base address."""
    with serving(python=ROOT / ".venv" / "bin" / "python", **settings) as server:
        yield server.base


class Pages(http.server.SimpleHTTPRequestHandler):
    """Serves the examples, with the libraries of npm beside them, and logs nothing."""

    def translate_path(self, path: str) -> str:
        """Find a page among the examples, or a library among the modules."""
        bare = path.partition("?")[0]
        place = HERE if bare.startswith("/node_modules/") else EXAMPLES
        return str(place / bare.removeprefix("/"))

    def log_message(self, *said: Any) -> None:
        """Say nothing."""


@contextmanager
def page_server() -> Iterator[str]:
    """Serve the examples on a free port, and give the origin of their pages."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


@dataclass(frozen=True)
class Office:
    """A LibreOffice without a window, and the folder that it trusts."""

    pipe: str
    folder: Path

    def do(self, job: str, locale: str = "en-US", **parts: Any) -> Any:
        """Have one job done; see ``calc.py``."""
        asked = {"do": job, "pipe": self.pipe, "trusted": str(self.folder), "locale": locale}
        return ran(["/usr/bin/python3", str(HERE / "calc.py")], asked | parts)

    def formulas(self, formulas: list[str], locale: str, **cells: str) -> list[dict[str, Any]]:
        """Save a spreadsheet of formulas, open it in a locale, and tell what they show.

        ``cells`` are what else stands in it, by place.
        """
        path = self.folder / "formulas.ods"
        places = [f"D{row}" for row in range(1, len(formulas) + 1)]
        written = cells | dict(zip(places, formulas, strict=True))
        self.do("write", path=str(path), cells=written)
        told = self.opened(path, locale=locale, calculate=True)
        shown = told["calculated"]["Sheet1"]["formulas"]
        return [shown[place] for place in places]

    def saved(self, path: Path, kind: str, locale: str, options: str = "") -> bytes:
        """Save a file in a format of LibreOffice's own writing, and give what it wrote."""
        copy = self.folder / "saved"
        self.do("save", locale, url=path.as_uri(), path=str(copy), filter=kind, options=options)
        return copy.read_bytes()

    def filled(
        self, book: bytes, kind: str, options: str, columns: dict[str, list[Any]], *, anew: bool
    ) -> bytes:
        """Fill columns of a workbook's workloads in, and give what is saved."""
        path, copy = self.folder / "filled.xlsx", self.folder / "saved"
        path.write_bytes(book)
        parts = {"url": path.as_uri(), "path": str(copy), "filter": kind, "options": options}
        self.do("fill", sheet="workloads", columns=columns, anew=anew, **parts)
        return copy.read_bytes()

    def opened(self, path: Path, **parts: Any) -> Any:
        """Open a file and tell what it holds, as opened and calculated anew."""
        return self.do("read", url=path.as_uri(), **parts)


@contextmanager
def office(folder: Path) -> Iterator[Office]:
    """Start LibreOffice with a profile of its own; its launcher starts it again if it asks so."""
    pipe = f"storecast{os.getpid()}"
    trusted = folder / "trusted"
    trusted.mkdir()
    command = [
        found("soffice"),
        "--headless",
        "--norestore",
        "--nologo",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        f"--accept=pipe,name={pipe};urp",
    ]
    with started(command, folder / "soffice.log") as program:
        one = Office(pipe, trusted)
        yield one
        one.do("stop")
        program.wait(PATIENCE)


def node(script: str, job: Mapping[str, Any]) -> Any:
    """Have a script of this folder do a job in node."""
    return ran([found("node"), str(HERE / script)], job)


def browser(job: str, page: str, **parts: Any) -> Any:
    """Have Chromium do a job on a page; see ``browser.mjs``."""
    asked = {"do": job, "page": page, "chromium": found("chromium")}
    return node("browser.mjs", asked | parts)


def said(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a tool that has to succeed, and return all that it says."""
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | {"PATH": path, "NO_COLOR": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=10 * PATIENCE,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def quietly(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a tool that may not warn, and return all that it says."""
    told = said(*command, cwd=cwd, **environment)
    assert "warning" not in told.lower(), told
    return told


def ran(command: list[str], job: Mapping[str, Any]) -> Any:
    """Run a program with a job on stdin as JSON, and give what it tells as JSON."""
    done = subprocess.run(
        command, input=json.dumps(job), capture_output=True, text=True, timeout=3 * PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
