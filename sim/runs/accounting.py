"""The books must balance: identities that every outcome obeys, whatever the launch.

`DANDELION_DEBUG=1` checks every run of every command; a book that does not
balance is a bug and ends the run with what does not fit.
"""

import os

import numpy as np

from sim.results.metrics import METRICS
from sim.results.outcome import Outcome

SLACK = 1e-6
SHOWN = ("topic_reads", "list_reads", "search_reads", "mention_reads", "taken_up_reads")  # reads outside the feed
FREQUENCIES = ("frequency_1", "frequency_2", "frequency_3", "frequency_4_or_more")


class UnbalancedError(Exception):
    """An outcome breaks an identity of accounting: a bug of ours."""


def wanted() -> bool:
    """Whether this process checks its books."""
    return os.environ.get("DANDELION_DEBUG", "") not in ("", "0")


def problems(outcome: Outcome, spent: dict[str, float]) -> list[str]:
    """Every identity that OUTCOME breaks, in words; empty when the books balance.

    spent  the bill by item, "total" among them
    """
    found = {name: value for name, value in outcome.metrics.items() if value is not None}
    parts = outcome.parts
    told = []

    def at_most(small: str, large: str) -> None:
        if found[small] > found[large] * (1 + SLACK) + SLACK:
            told.append(f"{small} = {found[small]:,.6g} exceeds {large} = {found[large]:,.6g}")

    def equal(what: str, one: float, other: float) -> None:
        if abs(one - other) > SLACK * max(1.0, abs(one), abs(other)):
            told.append(f"{what}: {one:,.6g} is not {other:,.6g}")

    seen = found["reads"] - sum(parts.get(name, 0.0) for name in SHOWN)  # through the feed
    if seen > found["pushes"] * (1 + SLACK) + SLACK:
        told.append(f"reads through the feed = {seen:,.6g} exceed pushes = {found['pushes']:,.6g}")
    at_most("reach", "reads")
    at_most("non_follower_reads", "reads")
    if not parts.get("own_stories"):  # one repost per account and story
        at_most("reposts", "reach")
    equal("messages = reposts + comments", found["messages"], found["reposts"] + found["comments"])
    typed = found["praise"] + found["questions"] + found["complaints"]
    # With a service desk, complaints that are posts of their own and thanks for a reply count too; so do reviews.
    if not {"complaint_stories", "customer_stories"} & set(parts) and typed > found["comments"] * (1 + SLACK) + SLACK:
        told.append("praise, questions and complaints exceed comments")
    equal("frequency bins = reach", sum(parts[name] for name in FREQUENCIES), found["reach"])
    for split in ("reads_by_", "carried_by_"):
        equal(f"{split}* = reads", sum(v for name, v in parts.items() if name.startswith(split)), found["reads"])
    for name, curve in outcome.curves.items():
        if name in found and METRICS[name].form == "count":
            equal(f"curve of {name} adds up", float(np.sum(curve)), found[name])
    equal("cost items = total", sum(value for item, value in spent.items() if item != "total"), spent["total"])
    equal("cost = bill", found["cost"], spent["total"])
    return told


def check(outcome: Outcome, spent: dict[str, float], strategy: str, seed: int) -> None:
    """Raise UnbalancedError with everything that does not fit."""
    told = problems(outcome, spent)
    if told:
        raise UnbalancedError(f"{strategy}, seed {seed}: " + "; ".join(told))
