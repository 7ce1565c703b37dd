"""What a process of a benchmark held at most."""

from pathlib import Path


def peak_mb() -> float:
    """The most memory that this process held, in MB; Linux only.

    Not `ru_maxrss`, which begins with what the parent held before it started this process.
    """
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024
