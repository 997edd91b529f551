"""Put what `make bench` printed into the documentation: `python -m benchmarks.publish [build/bench]`.

Replaces the block between the two marks in docs/performance.md by bench.md as it
is, and the chart beside it, so that the documentation shows what was measured
and nothing else.
"""

import shutil
import sys
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- bench: begin (python -m benchmarks.publish) -->", "<!-- bench: end -->"


def filled(page: str, markdown: str) -> str:
    """PAGE with MARKDOWN between the marks."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit("docs/performance.md has lost its marks")
    return f"{before}{BEGIN}\n\n{markdown.strip()}\n\n{END}{after}"


def main(folder: Path) -> None:
    page = HOUSE / "docs" / "performance.md"
    page.write_text(filled(page.read_text(encoding="utf-8"), (folder / "bench.md").read_text(encoding="utf-8")))
    shutil.copyfile(folder / "bench.svg", HOUSE / "docs" / "images" / "bench.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HOUSE / "build" / "bench")
