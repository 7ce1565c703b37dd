"""All benchmarks, one after the other, each in a process of its own: `make bench` or `python -m benchmarks`.

`--python` is the interpreter of an installation without what developers need, for the start (`benchmarks.startup`).
"""

import argparse
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
    "pulses",
    "concerns",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable)
    more = {"startup": ["--python", parser.parse_args().python]}
    failed = [
        part
        for part in PARTS
        if subprocess.run([sys.executable, "-m", f"benchmarks.{part}", *more.get(part, [])]).returncode != 0
    ]
    print(f"\nbelow target: {', '.join(failed)}" if failed else "\nall targets met")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
