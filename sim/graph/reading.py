"""What reading a file left out, with the lines, so that nothing is dropped in silence."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

EXAMPLES = 5  # lines that are named


@dataclass(frozen=True)
class Finding:
    """How many lines were left out for one reason, and the first few of them (counted from 1)."""

    count: int = 0
    first: tuple[int, ...] = ()


@dataclass(frozen=True)
class ReadReport:
    """What was read from a file and what was left out.

    unit  "line" (of a text file, its header is line 1) or "row" (of a Parquet file, counted from 1) or "edge"
    """

    path: str
    unit: str
    rows: int
    links: int
    accounts: int
    duplicates: Finding = Finding()
    self_loops: Finding = Finding()
    blank: Finding = Finding()
    unknown: Finding = Finding()
    malformed: Finding = Finding()

    @property
    def clean(self) -> bool:
        """Whether every line became a link."""
        return self.rows == self.links and not self.malformed.count

    def lines(self) -> list[str]:
        """The report in words, one sentence per kind of finding."""
        text = [f"{self.path}: {self.links:,} links of {self.accounts:,} accounts from {self.rows:,} {self.unit}s."]
        for name, meaning in (
            ("duplicates", "repeat an earlier link"),
            ("self_loops", "are accounts that follow themselves"),
            ("blank", "have a blank id"),
            ("unknown", "name an account that is not in the table of accounts"),
            ("malformed", "have the wrong number of fields"),
        ):
            found: Finding = getattr(self, name)
            if found.count:
                places = ", ".join(f"{place:,}" for place in found.first)
                more = ", ..." if found.count > len(found.first) else ""
                at = f" ({self.unit} {places}{more})" if found.first else ""
                text.append(f"{found.count:,} {self.unit}s left out: they {meaning}{at}.")
        return text

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return asdict(self)


def finding(places: np.ndarray) -> Finding:
    """PLACES (int64[n], lines or rows) as a Finding."""
    return Finding(int(places.size), tuple(int(place) for place in np.sort(places)[:EXAMPLES]))
