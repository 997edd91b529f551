"""What a reader is to a campaign: valid examples, how they are broken, how they are read."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import EnvironmentFailure, UserError

REFUSED = (UserError, EnvironmentFailure)
Feed = Callable[[bytes, Path], Any]


@dataclass(frozen=True)
class Reader:
    """One reader: EXAMPLES of what it accepts, how they are broken, and FEED, which reads them in a folder of its own.

    feed   returns what was accepted, or raises one of REFUSED; it also checks that what was
           accepted comes back equal
    share  of the inputs of a campaign, against the others
    """

    examples: Sequence[bytes]
    broken: Callable[[bytes, random.Random], bytes]
    feed: Feed
    share: int = 10

    def input(self, luck: random.Random) -> bytes:
        """One near-valid input."""
        return self.broken(luck.choice(self.examples), luck)


def written(data: bytes, folder: Path, name: str) -> Path:
    """DATA as the file NAME of FOLDER."""
    path = folder / name
    path.write_bytes(data)
    return path
