"""Put what `make bench` printed into the documentation: `python -m benchmarks.publish [build/bench]`.

Replaces the block between the two marks in docs/performance.md by bench.md as it
is, the chart beside it, and the README's sentence about the spread kernels, so
that the documentation shows what was measured and nothing else.
"""

import re
import shutil
import sys
import textwrap
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- bench: begin (python -m benchmarks.publish) -->", "<!-- bench: end -->"
SENTENCE = re.compile(r"On one thread the spread kernels play .*? \(`make bench`,\s+docs/performance\.md\)\.", re.S)


def filled(page: str, markdown: str) -> str:
    """PAGE with MARKDOWN between the marks."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit("docs/performance.md has lost its marks")
    return f"{before}{BEGIN}\n\n{markdown.strip()}\n\n{END}{after}"


def sentence(markdown: str) -> str:
    """What the README says of the tables in MARKDOWN (bench.md)."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in markdown.splitlines() if "|" in line]
    against = [row for row in rows if row[0].startswith("CyNetDiff") and row[2] == "cascades/s"]
    if not against:
        raise SystemExit("CyNetDiff has not run: the README's figures stay as they are")
    (peer,) = {row[0] for row in against}
    ratio = [(row[1], float(row[5].replace(",", ""))) for row in against]
    uniform = [times for workload, times in ratio if workload.endswith(" .01")]
    weighted = [times for workload, times in ratio if workload.endswith(" weighted cascade")]
    bound = [int(row[7].strip("%")) for row in rows if row[0].startswith("spread, ")]
    return textwrap.fill(
        f"On one thread the spread kernels play {min(uniform):.0f} to {max(uniform):.0f} times as many cascades a "
        f"second as {peer} at p = .01 and {min(weighted):.0f} to {max(weighted):.0f} times under weighted cascade, "
        f"with means that agree, at {min(bound)} to {max(bound)}% of what random reads of memory allow "
        "(`make bench`, docs/performance.md).",
        width=120,
    )


def told(readme: str, markdown: str) -> str:
    """README with the sentence that MARKDOWN gives."""
    text, found = SENTENCE.subn(lambda _: sentence(markdown), readme)
    if not found:
        raise SystemExit("README.md has lost its sentence about the spread kernels")
    return text


def main(folder: Path) -> None:
    markdown = (folder / "bench.md").read_text(encoding="utf-8")
    for page, put in ((HOUSE / "docs" / "performance.md", filled), (HOUSE / "README.md", told)):
        page.write_text(put(page.read_text(encoding="utf-8"), markdown), encoding="utf-8")
    shutil.copyfile(folder / "bench.svg", HOUSE / "docs" / "images" / "bench.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HOUSE / "build" / "bench")
