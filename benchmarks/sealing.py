"""How many answers are sealed, how many boxes made anew, and how many opened, a second on one core.

Prints only: there is no target. Answering makes eight boxes anew, closing opens every box once.
`python -m benchmarks.sealing [--size 1024] [--seconds 2]`
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

from storage import sealing

PULSE = 1
ROUNDS = 5


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--size", type=int, default=1024, help="bytes of a payload")
    options.add_argument("--seconds", type=float, default=2.0, help="for each line")
    chosen = options.parse_args()
    keys, slot = sealing.new_box_keys(), os.urandom(sealing.SLOT_BYTES)
    private, public = sealing.new_opening_keys()
    payload = os.urandom(chosen.size // 2)
    inner = sealing.seal(public, PULSE, slot, payload, chosen.size)
    box = sealing.wrap(keys, PULSE, slot, True, inner)

    def answer() -> None:
        sealed = sealing.seal(public, PULSE, slot, payload, chosen.size)
        sealing.wrap(keys, PULSE, slot, True, sealed)

    def opened() -> None:
        sealing.unseal(private, PULSE, slot, sealing.unwrap(keys, PULSE, slot, box).inner)

    steps: dict[str, Callable[[], object]] = {
        "decoys made": lambda: sealing.wrap(keys, PULSE, slot, False, sealing.decoy(chosen.size)),
        "answers sealed": answer,
        "boxes made anew": lambda: sealing.rewrap(keys, PULSE, slot, box),
        "boxes opened": opened,
    }
    print(f"payloads of {chosen.size} bytes, boxes of {sealing.box_bytes(chosen.size)} bytes, one core")
    for name, step in steps.items():
        rates = [_per_second(step, chosen.seconds / ROUNDS) for _ in range(ROUNDS)]
        print(f"{name:16} {statistics.median(rates):>9,.0f} a second")
    return 0


def _per_second(step: Callable[[], object], seconds: float) -> float:
    done = 0
    begun = time.perf_counter()
    while (passed := time.perf_counter() - begun) < seconds:
        for _ in range(20):
            step()
        done += 20
    return done / passed


if __name__ == "__main__":
    raise SystemExit(main())
