"""Who wins what: every preset in scenarios/, all its strategies, on each metric, with certainty.

    python -m benchmarks.presets [NAME ...] [--small] [--json] [-o FILE] [--again] [--table]

A win: the strategy is best on the metric with certainty of at least 95% over luck, among the ranked strategies of the
preset (references stand outside), and they differ; `cost` is declared and not won.  The goal's line adds the certainty
under plausible parameters and the verdict.  With -o FILE (JSON) finished presets are kept and not played again.
--table prints docs/presets.md's.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sim
from sim.model.launch import Strategy
from sim.results import disk, metrics
from sim.runs import compare, findings
from sim.scenario import read
from sim.scenario.schema import Scenario

FOLDER = Path(sim.__file__).resolve().parents[1] / "scenarios"
REPLICATES = 24
SMALL = 20_000  # accounts, or as many as the cast needs
SURE = 0.95
KINDS = (
    "celebrity",
    "employee",
    "celebrity and employee",
    "prize",
    "service first",
    "account group",
    "closed circle",
    "brand's own posts",
)


def names() -> list[str]:
    """The presets that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def kind(strategy: Strategy, scenario: Scenario) -> str:
    """What a strategy relies on beyond the brand's own posts: the first of these that applies."""
    kols = {kol.name for kol in scenario.cast.kols} | {"kols"}
    authors = {action.by for action in strategy.posts}
    celebrity, staff = bool(authors & kols), "employees" in authors
    if strategy.prize is not None:
        return "prize"
    if strategy.desk is not None:
        return "service first"
    if celebrity and staff:
        return "celebrity and employee"
    if celebrity:
        return "celebrity"
    if staff:
        return "employee"
    if strategy.group is not None or "leader" in authors or "branches" in authors:
        return "account group"
    if any(getattr(action, "channel", "open") == "circle" for action in strategy.posts):
        return "closed circle"
    return "brand's own posts"


def smaller(scenario: Scenario, accounts: int = SMALL) -> Scenario:
    """SCENARIO simulated with ACCOUNTS accounts where that is fewer."""
    return scenario.with_accounts(min(accounts, scenario.graph.accounts))


def result(name: str, *, small: bool = False, replicates: int = REPLICATES, jobs: int = 2) -> dict[str, Any]:
    """One preset: its goal and verdict, and per metric who is best, how surely, and by how much."""
    scenario = read.read(name, Scenario)
    if small:
        scenario = smaller(scenario)
    of = compare.compare(scenario, replicates=replicates, jobs=jobs, doubt=not small)
    found = findings.findings(of)
    ranked = [one for one in found["strategies"] if one not in found["references"]]
    rows = []
    for metric in metrics.METRICS:
        if metric == "cost":
            continue
        best = found["best"][metric]
        means = {one: found["strategies"][one][metric]["mean"] for one in ranked}
        known = [value for value in means.values() if value is not None]
        if best["strategy"] is None or len(known) < 2 or min(known) == max(known):
            continue
        rows.append(
            {
                "metric": metric,
                "best": best["strategy"],
                "probability": best["probability"],
                "mean": means[best["strategy"]],
                "win": best["probability"] >= SURE,
                "kind": kind(scenario.strategies[best["strategy"]], scenario),
                "means": means,
            }
        )
    verdict = found["verdict"]
    return {
        "preset": name,
        "goal": found["goal"] if isinstance(found["goal"], str) else "weighted",
        "accounts": found["accounts"],
        "replicates": found["replicates"],
        "strategies": ranked,
        "kinds": {one: kind(scenario.strategies[one], scenario) for one in ranked},
        "sentence": found["sentence"],
        "status": verdict["status"],
        "ahead": verdict["ahead"],
        "probability": verdict["probability"],
        "under_assumptions": verdict["probability_under_assumptions"],
        "metrics": rows,
    }


def measure(wanted: Iterable[str] | None = None, *, small: bool = False) -> list[dict[str, Any]]:
    """`result` of every preset."""
    return [result(name, small=small, replicates=16 if small else REPLICATES) for name in wanted or names()]


def wins(results: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Sure wins by kind of strategy over all presets and metrics."""
    count = dict.fromkeys(KINDS, 0)
    for one in results:
        for row in one["metrics"]:
            count[row["kind"]] += row["win"]
    return count


def everywhere(of: dict[str, Any]) -> str | None:
    """The strategy that is surely best on every metric of a preset on which anybody is, if there is one."""
    winners = {row["best"] for row in of["metrics"] if row["win"]}
    return winners.pop() if len(winners) == 1 else None


def table(results: list[dict[str, Any]]) -> str:
    """Markdown: a line per preset with the goal, then who wins which metrics; then wins by kind."""
    lines = [
        "| preset | goal | ahead (certainty over luck; under assumptions) | sure wins by strategy | nobody sure |",
        "|---|---|---|---|---|",
    ]
    for of in results:
        under = "" if of["under_assumptions"] is None else f"; {of['under_assumptions']:.0%}"
        sure = "n/a" if of["probability"] is None else f"{of['probability']:.0%}"
        by: dict[str, list[str]] = {}
        for row in of["metrics"]:
            if row["win"]:
                by.setdefault(row["best"], []).append(row["metric"])
        won = "; ".join(f"**{one}** ({of['kinds'][one]}): {' '.join(what)}" for one, what in by.items()) or "-"
        open_ = " ".join(row["metric"] for row in of["metrics"] if not row["win"]) or "-"
        lines.append(
            f"| `{of['preset']}` | {of['goal']} | {of['ahead'] or '-'} ({sure}{under}): {of['status']} | {won} | "
            f"{open_} |"
        )
    lines += [
        "",
        "| kind of strategy | presets in which one is ranked | sure wins | presets in which it wins something |",
        "|---|---|---|---|",
    ]
    for one, count in wins(results).items():
        ranked = sum(one in of["kinds"].values() for of in results)
        winning = sum(any(row["win"] and row["kind"] == one for row in of["metrics"]) for of in results)
        lines.append(f"| {one} | {ranked} | {count} | {winning} |")
    alone = [f"`{of['preset']}` ({everywhere(of)})" for of in results if everywhere(of)]
    lines += ["", f"One strategy alone wins whatever is won: {', '.join(alone) or 'in no preset'}."]
    return "\n".join(lines)


def main() -> None:
    """Play and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.presets", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("-o", type=Path, metavar="FILE")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in names()]
    if unknown:
        parser.error(f"no preset {', '.join(unknown)}; there are {', '.join(names())}")
    kept: dict[str, dict[str, Any]] = {}
    if asked.o is not None and asked.o.is_file():
        kept = {of["preset"]: of for of in json.loads(asked.o.read_text(encoding="utf-8"))}
    wanted = asked.names or names()
    for name in wanted:
        if asked.again or name not in kept:
            kept[name] = measure([name], small=asked.small)[0]
            if asked.o is not None:
                disk.write_whole(asked.o, (json.dumps(list(kept.values()), indent=1) + "\n").encode())
        print(f"{name}: {kept[name]['sentence']}", file=sys.stderr)
    results = [kept[name] for name in wanted]
    if asked.json:
        print(json.dumps(results, indent=1))
    if asked.table or not asked.json:
        print(table(results))


if __name__ == "__main__":
    main()
