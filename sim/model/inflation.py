"""Artificial inflation: what bots add to the counters, kept apart from what people did.

Nobody is reached by a bot, no bot is counted as a reader, and the metrics of
the contract leave them out.  They act on people in one way only: the hot list
looks at the inflated counter (`sim.model.hot`).
"""

from typing import Any

import numpy as np

from sim.kernels import response
from sim.model.bots import Bots
from sim.model.launch import Strategy
from sim.model.practice import Practice

HOUR = 3600


class Inflating(Practice):
    """Bots repost the brand's posts."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the strategy buys them."""
        return strategy.bots is not None

    def shown(self, first: int = 0, last: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The brand's messages (rows, int64[n]), and float64[n, hours]: the bots' reposts of each in every hour from
        FIRST to before LAST (default: all).

        At the market's size, an exponential wait after each post's second.
        """
        course = self.course
        bots: Bots = course.strategy.bots or Bots()
        messages = course.run.messages
        last = course.market_stage.hours if last is None else last
        brand = course.market_stage.casting.roles["brand"].accounts
        own = np.isin(messages.account, brand) & (messages.messenger == response.BRAND) & course.run.scheduled
        rows = np.flatnonzero(own)
        edges = np.arange(first, last + 1) * float(HOUR)
        waited = np.maximum(edges[None, :] - messages.second[rows][:, None].astype(float), 0.0)
        come = 1.0 - np.exp(-waited / max(bots.hours * HOUR, 1e-9))
        return rows, bots.reposts * np.diff(come, axis=1)

    def parts(self) -> dict[str, float]:
        """Bot reposts, what the counters show, and the bots' share of it."""
        run, stage = self.course.run, self.course.market_stage
        bots = float(self.shown()[1].sum())
        shown = float(run.tally.reposts.sum()) * stage.factor + bots
        return {"bot_reposts": bots, "reposts_shown": shown, "bot_share": bots / shown if shown > 0 else 0.0}

    def curves(self) -> dict[str, np.ndarray]:
        """Bot reposts per hour, float64[hours]."""
        return {"bot_reposts": self.shown()[1].sum(axis=0)}
