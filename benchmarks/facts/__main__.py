"""Measure the facts.

    python -m benchmarks.facts [ID ...] [--json] [-o FILE] [--again] [--table]

Without ids: all.  With -o FILE (JSON) what is measured is kept there fact by fact; facts that stand in it are not
measured again (--again: they are), so an interrupted run goes on where it stood.  --table prints docs/facts.md's table.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.facts import cascades, messengers, platform, register, service, sources, worlds
from sim.results import disk

ROOMS = (platform, cascades, messengers, sources, service)


def measured(name: str) -> dict[str, Any]:
    """One fact as a row."""
    fact = register.FACTS[name]
    begun = time.process_time()
    try:
        found = fact.measure()
    except worlds.Lacking as lack:
        found = register.Measured("", register.UNSEEN, str(lack))
    return {
        "id": name,
        "fact": fact.says,
        "target": fact.target,
        "source": fact.source,
        "kind": fact.kind,
        "measured": found.found,
        "command": f"python -m benchmarks.facts {name}",
        "verdict": found.verdict,
        "why": found.why,
        "seconds": round(time.process_time() - begun, 1),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown."""
    lines = ["| id | fact | target | source | kind | measured | verdict |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        verdict = f"**{row['verdict']}**" if row["verdict"] == register.MISSED else row["verdict"]
        verdict += f": {row['why']}" if row["why"] else ""
        cells = [row["id"], row["fact"], row["target"], row["source"], row["kind"], row["measured"] or "-", verdict]
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print row by row, or all as JSON or as a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.facts", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("-o", type=Path, metavar="FILE")
    asked = parser.parse_args()
    names = sorted(register.FACTS, key=lambda name: int(name[1:]))
    unknown = [name for name in asked.ids if name not in names]
    if unknown:
        parser.error(f"no fact {', '.join(unknown)}; there are V1 to V{len(names)}")
    wanted = asked.ids or names
    kept: dict[str, dict[str, Any]] = {}
    if asked.o is not None and asked.o.is_file():
        kept = {row["id"]: row for row in json.loads(asked.o.read_text(encoding="utf-8"))}
    for name in wanted:
        if asked.again or name not in kept:
            kept[name] = measured(name)
            if asked.o is not None:
                rows = [kept[one] for one in names if one in kept]
                disk.write_whole(asked.o, (json.dumps(rows, indent=1, ensure_ascii=False) + "\n").encode())
        row = kept[name]
        print(f"{name:<4} {row['verdict']:<14} {row['measured']}  [{row['target']}] {row['why']}", file=sys.stderr)
    rows = [kept[name] for name in names if name in wanted]
    if asked.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    if asked.table:
        print(table(rows))
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["verdict"]] = counts.get(row["verdict"], 0) + 1
    print(", ".join(f"{verdict} {count}" for verdict, count in counts.items()), file=sys.stderr)


if __name__ == "__main__":
    main()
