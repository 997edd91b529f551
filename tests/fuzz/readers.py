"""Everything that reads, each with valid examples, how to feed it, and whether what it accepts comes back equal."""

from pathlib import Path

from tests.fuzz import batches, graphs, plans, words
from tests.fuzz.reader import REFUSED, Reader

__all__ = ["REFUSED", "Reader", "prepare"]


def prepare(folder: Path) -> dict[str, Reader]:
    """All readers; valid examples of what is more than one file are written below FOLDER."""
    return {**plans.readers(), **words.readers(), **graphs.readers(folder), **batches.readers(folder)}
