"""``python -m tests.hashes``: writes hashes.txt, what the service needs with checksums of files.

They are those of this system's files in the registry that pip asks, as base images have the digest
that a registry shows.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
WRITTEN = ROOT / "hashes.txt"


def main() -> None:
    """Let pip tell what it would install, and write it down."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--dry-run", "--ignore-installed", "--report", "-", "-c", "constraints.txt", "."]
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    WRITTEN.write_text(listed(json.loads(ran.stdout)["install"]))


def listed(packages: list[dict[str, Any]]) -> str:
    """Return a line for each package that comes as a file, as ``pip --require-hashes`` reads it."""
    lines = [
        f"{package['metadata']['name']}=={package['metadata']['version']}"
        f" --hash=sha256:{archive['hashes']['sha256']}\n"
        for package in packages
        if (archive := package["download_info"].get("archive_info"))
    ]
    return "".join(sorted(lines, key=str.lower))


if __name__ == "__main__":
    main()
