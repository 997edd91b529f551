"""The plan's health before a run: what it costs, what it needs of the machine, what looks wrong."""

import importlib.metadata
import os
import shutil
from typing import Any

from sim import quantities
from sim.model import schedule
from sim.model.casting import GROUPS
from sim.model.costs import bill
from sim.runs import assumptions
from sim.scenario.schema import Scenario

BYTES_PER_LINK = 4
BYTES_PER_ACCOUNT = 30
NANOSECONDS_PER_PUSH = 150.0  # of one core; benchmarks/bench_cascade.py measures it
LINKS_PER_SECOND = 15e6
LIBRARIES = ("mesa", "networkx", "numba", "numpy", "pandas", "pyarrow", "pydantic", "scipy", "solara")


def health(scenario: Scenario) -> dict[str, Any]:
    """Errors, warnings, expected time and memory, and what is installed; JSON-plain.

    errors make the launch impossible, warnings make its answer doubtful.
    """
    warnings = _silent_metrics(scenario) + _doubtful(scenario) + _night(scenario) + _too_coarse(scenario)
    errors = []
    strategies = {}
    for name in scenario.strategies:
        items = bill(scenario, name)
        audience = pushes(scenario, name)
        single = {key: value for key, value in audience.items() if not key.startswith("employees")}
        largest = max(single.values(), default=0.0)
        total = sum(audience.values())
        strategies[name] = {
            "spend": items["total"],
            "remainder": scenario.budget - items["total"],
            "pushes": total,
            "largest_account_share": largest / total if total else None,
        }
        if items["total"] > scenario.budget:
            errors.append(
                f"[strategies.{name}] spends {items['total']:,.0f} RMB of a budget of {scenario.budget:,.0f}."
            )
        if largest > 0.5 * total and len(audience) > 1:
            most = max(single, key=lambda key: single[key])
            warnings.append(f"[strategies.{name}] {100 * largest / total:.0f}% of all pushes hang on {most}.")
    links = scenario.graph.accounts * scenario.graph.mean_followers
    return {
        "scenario": scenario.name,
        "accounts": scenario.graph.accounts,
        "market_factor": scenario.market / scenario.graph.accounts,
        "errors": errors,
        "warnings": warnings,
        "strategies": strategies,
        **expense(scenario, scenario.graph.accounts, links),
        "growth_core_seconds": links / LINKS_PER_SECOND,
        "cores": os.cpu_count(),
        "free_disk_gb": shutil.disk_usage(".").free / 1e9,
        "installed": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "doubts": len(assumptions.doubts(scenario)),
    }


def expense(scenario: Scenario, accounts: int, links: float) -> dict[str, float]:
    """Expected memory in GB on a graph of so many ACCOUNTS and LINKS; core-seconds a replicate of all strategies."""
    every_push = sum(sum(pushes(scenario, name).values()) for name in scenario.strategies)
    seconds = every_push * accounts / scenario.market * NANOSECONDS_PER_PUSH * 1e-9
    return {
        "memory_gb": (links * BYTES_PER_LINK + accounts * BYTES_PER_ACCOUNT) / 1e9,
        "core_seconds_per_replicate": 2.0 * seconds,  # as shipped, and under assumptions
    }


def pushes(scenario: Scenario, strategy: str) -> dict[str, float]:
    """Pushes of the planned posts by account or group, at the market's size."""
    cast, market = scenario.cast, scenario.market
    groups = {word: [one.name for one in getattr(cast, word)] for word in GROUPS}
    audience = {"brand": cast.brand.heads(market)}
    audience |= {one.name: one.heads(market) for word in GROUPS for one in getattr(cast, word)}
    if cast.leader is not None:
        audience["leader"] = cast.leader.heads(market)
    audience["employees"] = cast.employees.count * cast.employees.heads(market)
    found: dict[str, float] = {}
    circle = scenario.circle
    if circle is not None:
        audience |= {
            "brand in the circle": float(circle.subscribers),
            "employees in the circle": cast.employees.count * circle.shown,
        }
    for action in schedule.followed(scenario, scenario.strategies[strategy]).posts:
        for word in groups.get(action.by, [action.by]):
            name = f"{word} in the circle" if action.channel == "circle" else word
            found[name] = found.get(name, 0.0) + audience[name] * action.times * action.participation
    return found


def _silent_metrics(scenario: Scenario) -> list[str]:
    goals = [scenario.goal] if isinstance(scenario.goal, str) else list(scenario.goal)
    silent = {"share_of_voice"} if scenario.rivals is None else set()
    if scenario.growth is None:
        silent |= {"new_followers", "lost_followers", "cost_per_new_follower"}
    if scenario.orders is None:
        silent |= {"leads", "orders", "cost_per_order"}
    if scenario.service is None:
        silent |= {"response_rate", "reply_minutes_p50", "reply_minutes_p90"}
    return [
        f"goal = {goal!r} has no mechanism in this scenario: it will be undefined." for goal in goals if goal in silent
    ]


def _doubtful(scenario: Scenario) -> list[str]:
    """Parameters that stand outside their range: the calibrated one where there is a [doubt], else the declared."""
    sections = {name: getattr(scenario, name) for name in ("response", "attention", "topic", *assumptions.PRACTICES)}
    sections |= {f"contents.{name}": content for name, content in scenario.contents.items()}
    found = []
    for table, section in sections.items():
        kind: type = type(section)
        for name, parameter in {} if section is None else quantities.parameters(kind).items():
            known, value = scenario.doubt.get(f"{table}.{name}"), getattr(section, name)
            # What a content is worth is the scenario's own to say; only a calibration knows a range of it.
            word, doubt = "plausible", None if table.startswith("contents.") else parameter.doc.doubt
            if known is not None:
                word, doubt = "calibrated", (known.low, known.high)
            elif "calibrated" in parameter.doc.evidence:
                word = "calibrated"
            if doubt is not None and not doubt[0] <= value <= doubt[1]:
                found.append(f"[{table}] {name} = {value:g} lies outside the {word} {doubt[0]:g} to {doubt[1]:g}.")
    return found


def _night(scenario: Scenario) -> list[str]:
    hour = scenario.start.hour
    posts = [
        f"[strategies.{name}] posts[{i}] goes out at {int(hour + action.at) % 24} h, when few people read."
        for name, strategy in scenario.strategies.items()
        for i, action in enumerate(strategy.posts)
        if 1 <= (hour + action.at) % 24 < 6
    ]
    return posts + [
        f"[[calendars.{name}]] row {i + 1} goes out at {row.hour:g} h, when few people read."
        for name, rows in scenario.calendars.items()
        for i, row in enumerate(rows)
        if 1 <= row.hour < 6
    ]


def _too_coarse(scenario: Scenario) -> list[str]:
    staff = scenario.cast.employees
    simulated = staff.share(scenario.market) * scenario.graph.accounts
    found = []
    factor = scenario.market / scenario.graph.accounts
    if scenario.response.saturation and factor > 0.1 * scenario.response.saturation:
        found.append(
            f"One simulated account stands for {factor:,.0f} people, too many for saturation = "
            f"{scenario.response.saturation:g} reposts: raise graph.accounts."
        )
    if staff.count and simulated < 0.05:
        found.append(
            f"An employee has {simulated:.3f} simulated followers: averages hold, but raise graph.accounts for a "
            "steadier answer about employees."
        )
    return found
