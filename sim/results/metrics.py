"""The metrics of the contract: names, labels, units, directions; and goals made of them.

A metric is a number per launch and replicate.  Its name here is its name in
every table, chart, JSON object and Parquet column.
"""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import UserError

Form = Literal["count", "money", "share", "number", "minutes"]


@dataclass(frozen=True)
class Metric:
    """One metric as people read it.

    unit              plural noun that follows a number ("readers"); "" for a pure number
    higher_is_better  direction when the metric is a goal
    form              count (whole, thousands separated), money (RMB), share (0.01 = 1%), minutes, number
    meaning           one line for tooltips and docs
    label_zh          the label in Chinese
    """

    name: str
    label: str
    unit: str
    higher_is_better: bool
    form: Form
    meaning: str
    label_zh: str = ""


def _table(*rows: Metric) -> dict[str, Metric]:
    return {row.name: row for row in rows}


METRICS: dict[str, Metric] = _table(
    Metric("pushes", "pushes", "pushes", True, "count", "posts delivered to followers' feeds, read or not", "推送量"),
    Metric("reads", "reads", "reads", True, "count", "times a post was seen", "阅读量"),
    Metric("reach", "reach", "readers", True, "count", "accounts that saw the campaign at least once", "覆盖人数"),
    Metric("frequency", "frequency", "reads per reader", True, "number", "reads divided by reach", "人均阅读次数"),
    Metric(
        "non_follower_reads",
        "reads by non-followers",
        "reads",
        True,
        "count",
        "reads by accounts that do not follow the brand",
        "非粉丝阅读量",
    ),
    Metric("reposts", "reposts", "reposts", True, "count", "times a post was passed on", "转发数"),
    Metric("comments", "comments", "comments", True, "count", "comments of every type", "评论数"),
    Metric("messages", "messages", "messages", True, "count", "reposts and comments", "互动消息数"),
    Metric("likes", "likes", "likes", True, "count", "likes", "点赞数"),
    Metric("praise", "praise", "comments of praise", True, "count", "comments that praise", "好评数"),
    Metric("questions", "questions", "questions", True, "count", "comments that ask", "提问数"),
    Metric("complaints", "complaints", "complaints", False, "count", "comments that complain", "投诉数"),
    Metric(
        "sentiment",
        "sentiment",
        "",
        True,
        "number",
        "(praise - complaints) / (praise + complaints), -1 to 1",
        "情感指数",
    ),
    Metric("new_followers", "new followers", "followers", True, "count", "accounts that began to follow", "新增粉丝"),
    Metric("lost_followers", "lost followers", "followers", False, "count", "accounts that unfollowed", "流失粉丝"),
    Metric("leads", "leads", "leads", True, "count", "inquiries that may become orders", "销售线索"),
    Metric("orders", "orders", "orders", True, "count", "orders placed", "订单数"),
    Metric("cost", "cost", "RMB", False, "money", "all that the launch spent", "总花费"),
    Metric(
        "cost_per_thousand_reads",
        "cost per thousand reads",
        "RMB",
        False,
        "money",
        "cost / reads x 1,000",
        "千次阅读成本",
    ),
    Metric("cost_per_message", "cost per message", "RMB", False, "money", "cost / messages", "单次互动成本"),
    Metric(
        "cost_per_new_follower", "cost per new follower", "RMB", False, "money", "cost / new followers", "单个新粉成本"
    ),
    Metric("cost_per_order", "cost per order", "RMB", False, "money", "cost / orders", "单笔订单成本"),
    Metric(
        "amplification",
        "amplification",
        "",
        True,
        "number",
        "reads divided by the followers of the publishing accounts",
        "放大倍数",
    ),
    Metric("depth", "depth", "hops", True, "number", "longest chain of reposts", "转发层级"),
    Metric(
        "structural_virality",
        "structural virality",
        "hops",
        True,
        "number",
        "mean distance of two accounts in the repost tree",
        "结构病毒性",
    ),
    Metric("response_rate", "response rate", "", True, "share", "questions and complaints that got a reply", "回复率"),
    Metric(
        "reply_minutes_p50",
        "median reply time",
        "minutes",
        False,
        "minutes",
        "half of the replies came within",
        "回复时长中位数",
    ),
    Metric(
        "reply_minutes_p90",
        "slow reply time",
        "minutes",
        False,
        "minutes",
        "nine of ten replies came within",
        "回复时长P90",
    ),
    Metric("share_of_voice", "share of voice", "", True, "share", "brand's part of all talk on the topic", "声量份额"),
)


def metric(name: str) -> Metric:
    """The metric of that name; a UserError names the nearest one."""
    if name not in METRICS:
        near = difflib.get_close_matches(str(name), METRICS, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UserError(f"{name!r} is not a metric.{hint}\nKnown metrics: {', '.join(METRICS)}.")
    return METRICS[name]


@dataclass(frozen=True)
class Goal:
    """What decides: one metric, or a weighted sum of several.

    A weighted goal is `sum of weight x value`, with the value of a
    lower-is-better metric counted negative, so every weight says what ONE unit
    of improvement is worth: {"orders": 50, "complaints": 20} trades an order
    for two and a half complaints avoided.  Nothing is divided by a maximum or a
    spread among the strategies: such a score would change its ranking when a
    strategy joins or leaves.  Being linear, the mean score is the score of the
    means, and matched differences keep their meaning.  A replicate in which any
    weighted metric is undefined has no score.
    """

    weights: tuple[tuple[str, float], ...]

    @property
    def single(self) -> Metric | None:
        """The metric when the goal is just one, else None."""
        return METRICS[self.weights[0][0]] if len(self.weights) == 1 else None

    @property
    def higher_is_better(self) -> bool:
        """Whether more is better; points always are."""
        return self.single.higher_is_better if self.single else True

    @property
    def measure(self) -> Metric:
        """How the goal's numbers are written: the metric itself, or points."""
        if self.single:
            return self.single
        text = " + ".join(f"{weight:g} x {METRICS[name].label}" for name, weight in self.weights)
        return Metric("goal", "the weighted goal", "points", True, "number", text, "加权目标")

    def score(self, values: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
        """The goal of each row.  VALUES: metric -> array (one shape); a lone metric comes back in its own unit."""
        if self.single:
            return np.array(values[self.single.name], dtype=np.float64)
        parts = [
            np.asarray(values[name], dtype=np.float64) * (weight if METRICS[name].higher_is_better else -weight)
            for name, weight in self.weights
        ]
        return np.sum(parts, axis=0)


def goal(wanted: str | Mapping[str, float]) -> Goal:
    """The goal from a scenario's `goal`: a metric's name, or a table metric -> weight per unit (> 0).

    Raises UserError for no metric, an unknown one, or a weight that is not above 0.
    """
    if isinstance(wanted, str):
        return Goal(((metric(wanted).name, 1.0),))
    if not wanted:
        raise UserError("The goal names no metric. Give one metric, or a table of weights such as {orders = 50}.")
    for name, weight in wanted.items():
        way = "higher" if metric(name).higher_is_better else "lower"
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not number or not math.isfinite(weight) or weight <= 0:
            raise UserError(
                f"goal: the weight of {name} is {weight!r}; a weight is a number above 0, what one unit is worth.\n"
                f"For {name}, {way} is better: that is known and needs no sign."
            )
    return Goal(tuple((name, float(weight)) for name, weight in wanted.items()))


def write(value: float | None, of: Metric, signed: bool = False, step: float | None = None) -> str:
    """VALUE as people read it, without the unit; "n/a" for an undefined one.

    STEP rounds to a multiple (see `step_for`); without it counts are whole,
    other numbers carry three significant digits.
    """
    if value is None or not math.isfinite(value):
        return "n/a"
    scale, mark = (100.0, "%") if of.form == "share" else (1.0, "")
    shown = value * scale
    if step is not None and step > 0:
        step *= scale
        shown = round(shown / step) * step
        places = max(0, -math.floor(math.log10(step) + 1e-9))
    elif of.form == "count":
        places = 0
    else:
        places = max(0, 2 - math.floor(math.log10(abs(shown)))) if shown else 0
    shown = round(shown, min(places, 9)) + 0.0  # no minus zero
    return f"{shown:{'+' if signed and shown else ''},.{min(places, 9)}f}{mark}"


def step_for(width: float, of: Metric) -> float | None:
    """The rounding that an uncertainty of WIDTH deserves: two digits of it, whole units for counts."""
    if not math.isfinite(width) or width <= 0:
        return None
    step = 10.0 ** (math.floor(math.log10(width)) - 1)
    return max(step, 1.0) if of.form == "count" else step
