"""Votes: the comments below a survey are counted, with the error that so many answers leave.

The error of luck shrinks as 1/sqrt(n); that of asking one's own fans does not.
"""

from typing import Any

import numpy as np

from sim.kernels import desk as kernel
from sim.kernels import draws
from sim.model import luck
from sim.model.casting import label
from sim.model.launch import Strategy
from sim.model.practice import Practice
from sim.model.survey import Survey

_ANSWER, _VOTE = np.uint64(label("survey", "answer")), np.uint64(label("survey", "vote"))


class Asking(Practice):
    """The estimate of a survey at the size of the market: each simulated answer stands for `factor` real ones."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the strategy has a survey."""
        return strategy.survey is not None

    def parts(self) -> dict[str, float]:
        """Answers, the estimate, its distance from the truth, that of luck alone to be expected, and the bias."""
        survey = self.course.strategy.survey or Survey()
        run, plan = self.course.run, self.course.plan
        asked = [i for i, name in enumerate(self.course.contents) if name == survey.content]
        message = run.tally.talk_message[: run.comment_count]
        known = message < plan.size
        below = np.zeros(message.size, bool)
        below[known] = np.isin(plan.content[message[known]], asked)
        who = np.unique(run.tally.talk_account[: run.comment_count][below])
        yes, n = votes(who, self.course.market_stage.factor, survey.answers, survey.expected, self.course.seed)
        bias = survey.expected - survey.demand
        found = {"survey_answers": float(n), "survey_truth": survey.demand, "survey_bias": bias}
        if n:
            estimate = yes / n
            spread = np.sqrt(estimate * (1.0 - estimate) / n)
            found |= {
                "survey_estimate": estimate,
                "survey_error": abs(estimate - survey.demand),
                "survey_luck": float(spread),
            }
        return found


def votes(who: np.ndarray, factor: float, answers: float, yes: float, seed: np.uint64) -> tuple[int, int]:
    """Yes votes and answers in all: WHO (accounts, int64[n]) comment, each for FACTOR people of whom ANSWERS answer.

    Labelled by the person: one who comments under two strategies votes alike in both.
    """
    names = luck.bits(_ANSWER, who)
    stream = np.uint64(draws.key(seed, draws.SERVICE, _ANSWER))
    copies = np.empty(who.size, np.int64)
    kernel.copies(stream, names, factor, copies)
    source = np.repeat(np.arange(who.size, dtype=np.int32), copies)
    people = np.empty(source.size, np.uint64)
    kernel.labels(stream, names, source, people)
    random = luck.bits(np.uint64(draws.key(seed, draws.SERVICE, _VOTE)), people)
    high = (random >> np.uint64(32)).astype(np.float64) * 2.0**-32
    low = (random & np.uint64(0xFFFFFFFF)).astype(np.float64) * 2.0**-32
    taking = high < answers
    return int((taking & (low < yes)).sum()), int(taking.sum())
