"""Copies of the project's tree, to which services can be added, and what runs in them."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]


def copy_tree(tree: Path, *without: str) -> None:
    """Copy the project to a new folder, without files of some names and what is hidden or made."""
    ignored = shutil.ignore_patterns(".*", "__pycache__", "node_modules", *without)
    shutil.copytree(ROOT, tree, ignore=ignored)


def environment_of(tree: Path) -> dict[str, str]:
    """Return the environment in which Python imports the project from a copy."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"PYTHONPATH": str(tree)}
