"""All benchmarks, one after the other, each in a process of its own: `make bench` or `python -m benchmarks`."""

import subprocess
import sys

PARTS = (
    "startup",
    "contributions",
    "teams_echo",
    "reports",
    "digests",
    "delivery",
    "signoffs",
    "presses",
    "planning",
    "concerns",
)


def main() -> int:
    failed = [
        part
        for part in PARTS
        if subprocess.run([sys.executable, "-m", f"benchmarks.{part}"], check=False).returncode != 0
    ]
    print(f"\nbelow target: {', '.join(failed)}" if failed else "\nall targets met")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
