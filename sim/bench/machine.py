"""The machine and the versions behind a measurement."""

import contextlib
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sim.runs import provenance

PEERS = {"CyNetDiff": "cynetdiff", "EoN": "EoN", "NDlib": "ndlib"}


def processor() -> str:
    """The processor's name as the system gives it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def describe() -> dict[str, Any]:
    """Processor, cores this process may use, system, load over the last minute, and the time (UTC)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": processor(),
        "cores": cores,
        "system": platform.platform(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def versions() -> dict[str, str | None]:
    """Dandelion, Python, the libraries, and the peers that are installed (None: absent)."""
    found = provenance.versions()
    found.pop("machine", None)
    return found | {peer: provenance.version(package) for peer, package in PEERS.items()}
