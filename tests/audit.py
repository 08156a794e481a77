"""``python -m tests.audit``: asks whether any pinned package has a known vulnerability.

It fails where one has, and where that cannot be known.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PINS = Path(__file__).parents[1] / "constraints.txt"


def main() -> int:
    """Ask, tell what was found, and return the exit status."""
    command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "-f", "json"]
    ran = subprocess.run([*command, "-r", PINS], capture_output=True, text=True)
    try:
        found = json.loads(ran.stdout)["dependencies"]
    except ValueError:
        found = [{"name": line, "skip_reason": ran.stderr[-500:]} for line in PINS.open()]
    status, message = judged(found)
    print(message)
    return status


def judged(found: list[dict[str, Any]]) -> tuple[int, str]:
    """Return the exit status, and what to tell of some packages."""
    unknown = [one["name"] for one in found if "skip_reason" in one]
    faulty = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in {fault['fix_versions']}"
        for one in found
        for fault in one.get("vulns", ())
    ]
    if len(unknown) == len(found):
        return 2, f"No vulnerability data is reachable: none of {len(found)} packages is judged."
    if unknown:
        faulty.append(f"not judged, for there is no data: {', '.join(unknown)}")
    judged = len(found) - len(unknown)
    return int(bool(faulty)), "\n".join([*faulty, f"{judged} of {len(found)} packages are judged."])


if __name__ == "__main__":
    raise SystemExit(main())
