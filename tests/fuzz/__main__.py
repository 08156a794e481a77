"""``python -m tests.fuzz CASES``: fuzzes each decoder by coverage, and counts the cases.

Each run chooses other cases. Each target has a process of its own, which ends at the first
finding: an exception, a case of more than SECONDS, or more than MEMORY. What broke it stays in the
folder that is named.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SHARES = {"query": 34, "json": 19, "msgpack": 19, "csv": 17, "arrow": 5, "workbook": 3, "sheet": 3}
"""The share of each target in the cases [%]: workbooks take longest."""
SECONDS = 60
"""Seconds of the clock, which a busy machine takes away."""
MEMORY = 2048
"""Memory of a process [MiB]."""
LONGEST = 65_536
"""Bytes of a case; every example fits."""


def main(cases: int) -> int:
    """Fuzz all targets, and print a line for each."""
    counts = {name: fuzz(name, cases * share // 100) for name, share in SHARES.items()}
    for name, (count, code) in counts.items():
        print(f"{name}: {count:,} cases, {'a finding' if code else 'no finding'}")
    print(f"in all: {sum(count for count, _ in counts.values()):,} cases")
    return int(any(code for _, code in counts.values()))


def fuzz(name: str, cases: int) -> tuple[int, int]:
    """Fuzz one target in a process of its own; return the cases that it read, and its status."""
    kept = Path(tempfile.mkdtemp(prefix=f"storecast-fuzz-{name}-"))
    command = [sys.executable, "-m", "tests.fuzz", name, str(cases), str(kept)]
    with (kept / "log").open("wb") as log:
        code = subprocess.run(command, stdout=log, stderr=log).returncode
    told = (kept / "log").read_text(errors="replace")
    if code:
        print(told[-5000:], f"what broke {name} is in {kept}", sep="\n")
    else:
        shutil.rmtree(kept)
    read = re.findall(r"^Done (\d+) runs|^#(\d+)\t", told, re.MULTILINE)
    return max((int(done or shown) for done, shown in read), default=0), code


def one(name: str, cases: str, kept: str) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["service"]):
        from tests.fuzz import targets

    corpus, words = Path(kept, "corpus"), Path(kept, "words")
    corpus.mkdir()
    for place, seed in enumerate(targets.seeds(name)):
        (corpus / str(place)).write_bytes(seed)
    escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in targets.words())
    words.write_text("".join(f'"{word}"\n' for word in escaped))
    limits = [f"-timeout={SECONDS}", f"-rss_limit_mb={MEMORY}", f"-max_len={LONGEST}"]
    told = [f"-runs={cases}", f"-dict={words}", f"-artifact_prefix={kept}/"]
    atheris.Setup(["fuzz", *limits, *told, str(corpus)], targets.TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        one(*sys.argv[1:])
    else:
        sys.exit(main(int(sys.argv[1])))
