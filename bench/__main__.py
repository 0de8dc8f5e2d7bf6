"""`python -m bench [--quick]`: every benchmark, one after the other, each a table of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ORDER = ("store", "names", "search", "transport", "feeds", "push", "answers", "newsroom")


def main() -> int:
    """Run each benchmark that is there in a process of its own; 1 when any failed."""
    folder = Path(__file__).parent
    code = 0
    for name in ORDER:
        if (folder / f"{name}.py").exists():
            print(f"\n=== {name} ===", flush=True)
            code |= subprocess.run(
                [sys.executable, "-m", f"bench.{name}", *sys.argv[1:]], check=False
            ).returncode
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
