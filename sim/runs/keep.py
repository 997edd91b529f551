"""Keeping a comparison: the result folder of `compare -o`."""

from pathlib import Path
from typing import Any

from sim.runs.compare import Comparison


def check_output(folder: Path) -> None:
    """Refuse a folder that cannot be written before any work is done."""


def write(of: Comparison, found: dict[str, Any], folder: Path) -> None:
    """The comparison as a result folder."""
