"""Who may import whom, read from the code itself; the table stands in ARCHITECTURE.md."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = [
    {"units", "errors", "products", "quantities", "arrays", "readings", "exact"},
    {"tables"},
    {"rates", "capabilities", "changes"},
    {"model"},
    {"kit", "coverage", "question", "curve"},
    {"nearest", "catalogue"},
    {"engine", "overlay"},
    {"account", "comparison", "hours", "commitment", "offers", "wording", "rounding", "verdicts"},
    {"bought", "arrow"},
    {"portfolio", "alternatives", "advice"},
    {"projection", "decision"},
    {"lake", "monthly", "reserved"},
]
RANK = {module: rank for rank, layer in enumerate(LAYERS) for module in layer}
REGISTRIES = {"model": "services", "question": "questions"}
"""The modules that read a folder as their registry."""
SERVICE = [
    {"counting", "logs", "problems", "settings", "waiting"},
    {"formats"},
    {"requests"},
    {"answers"},
    {"http"},
    {"routes"},
    {"components", "meanings"},
    {"contract"},
    {"documentation", "pages"},
    {"app"},
    {"__main__"},
]
"""The modules and folders of the service, from low to high."""
SERVICE_RANK = {part: rank for rank, layer in enumerate(SERVICE) for part in layer}
MODULES = sorted(path.relative_to(ROOT) for path in ROOT.glob("pricing/**/*.py")) + sorted(
    path.relative_to(ROOT) for path in ROOT.glob("service/**/*.py")
)

UPKEEP = sorted(path.relative_to(ROOT) for path in ROOT.glob("upkeep/*.py"))


def imported(path: Path) -> set[str]:
    """Return the dotted names that a module imports, from its syntax tree."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def own(names: set[str], package: str) -> set[str]:
    """Return the modules of a package among imported names."""
    return {name.split(".")[1] for name in names if name.startswith(f"{package}.") and "." in name}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_go_downwards(path: Path) -> None:
    """A module imports only layers below its own; pricing never knows of the web or the clock."""
    names = imported(path)
    tops = {name.partition(".")[0] for name in names}
    if path.parts[0] == "pricing":
        assert not tops & {"service", "litestar", "os", "time", "random", "socket", "urllib"}
        below = own(names, "pricing")
        if path.parts[1] == "services":
            assert "services" not in below, "a service imports another"
            assert below <= {*LAYERS[0], "tables", "rates", "model", "kit"}
        elif path.parts[1] == "kit":
            assert below <= {*LAYERS[0], "tables", "rates", "model", "kit"}
        elif path.parts[1] == "questions":
            assert "questions" not in below, "a question imports another"
            own_kind = {"kit", "question", "capabilities"}
            assert below <= {*LAYERS[0], "tables", "rates", "model", *own_kind}
        elif path.stem in RANK:
            below -= {path.stem}
            same = RANK[path.stem] == 0
            allowed = {m for m, rank in RANK.items() if rank < RANK[path.stem] or same}
            if path.stem in REGISTRIES:
                allowed |= {REGISTRIES[path.stem]}
            assert below <= allowed
    else:
        assert not {n for n in names if n.startswith("pricing.") and "._" in n}
        assert not {n for n in names if n.startswith(("pricing.services.", "pricing.questions."))}
        part = path.parts[1].removesuffix(".py")
        below = {other for other in own(names, "service") if other in SERVICE_RANK} - {part}
        assert all(SERVICE_RANK[other] < SERVICE_RANK[part] for other in below)


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.parts[1] in ("services", "questions")], ids=str
)
def test_formulas_read_no_packaged_table(path: Path) -> None:
    """What is packaged makes the types; a formula knows only the card that prices the bill."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.Lambda):
            names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            assert not names & {"tables", "compile_table"}, ast.unparse(function)


@pytest.mark.parametrize("path", UPKEEP, ids=str)
def test_upkeep_knows_only_the_domain(path: Path) -> None:
    """What keeps prices true knows no service and none of the web's libraries."""
    tops = {name.partition(".")[0] for name in imported(path)}
    assert not tops & {"service", "litestar", "uvicorn"}


def test_nothing_that_answers_knows_of_upkeep() -> None:
    """Only ``python -m pricing`` leads to it, so the service never writes a table."""
    knowing = [
        path for path in MODULES if "upkeep" in {name.partition(".")[0] for name in imported(path)}
    ]
    assert knowing == [Path("pricing/__main__.py")]


def test_the_page_names_every_module_below_what_imports_it() -> None:
    """ARCHITECTURE.md has each module of the domain; those left of others are of lower layers."""
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## Who may import whom")[2]
    domain = page.split("```")[1].partition("services/x")[0]
    chains = [part.split("←") for part in re.split(r"[;\n]", domain) if "←" in part]
    named: set[str] = set()
    for chain in chains:
        groups = [[word for word in re.findall(r"\w+", part) if word in RANK] for part in chain]
        named |= {word for group in groups for word in group}
        for lower, higher in pairwise(filter(None, groups)):
            assert max(RANK[one] for one in lower) < min(RANK[one] for one in higher)
    assert named == set(RANK)


def test_every_module_has_a_layer() -> None:
    """No module of the domain, and no part of the service, stands outside the layers."""
    stems = {path.stem for path in MODULES if path.parts[0] == "pricing" and len(path.parts) == 2}
    assert {*stems, "kit"} - {"__init__", "__main__"} == set(RANK)
    parts = {path.parts[1].removesuffix(".py") for path in MODULES if path.parts[0] == "service"}
    assert parts - {"__init__"} == set(SERVICE_RANK)


LONG = {"capacity", "charges", "findings"}
"""The functions that list what a service has, one line each."""


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.parts[1] in ("services", "kit")], ids=str
)
def test_formulas_are_short(path: Path) -> None:
    """No function of a service or the kit has more than twelve lines below its docstring."""
    functions = [
        node
        for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name not in LONG
    ]
    long = {node.name: lines for node in functions if (lines := lines_of(node)) > 12}
    assert not long


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.parts[:2] == ("service", "routes")], ids=str
)
def test_routes_are_short(path: Path) -> None:
    """No function of the routes has more than forty lines below its docstring."""
    functions = [
        node
        for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert not {node.name: lines for node in functions if (lines := lines_of(node)) > 40}


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function's body without its docstring."""
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return function.end_lineno - first.end_lineno  # type: ignore[operator]
    return function.end_lineno - first.lineno + 1  # type: ignore[operator]
