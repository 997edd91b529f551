"""Outcomes: kept, compared, asked and shown.  `results.open("out")` gives the runs of a folder as a data frame."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.results.shelf import open  # noqa: A004

__all__ = ["open"]


def __getattr__(name: str) -> Any:
    """`open`, when it is first asked for: it brings pandas."""
    if name == "open":
        from sim.results import shelf

        return shelf.open
    raise AttributeError(f"module 'sim.results' has no attribute {name!r}")
