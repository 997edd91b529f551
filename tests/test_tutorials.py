"""The tutorials do what they say: files are written, code and commands run, and what is printed stands there.

A block ```toml title="NAME" becomes that file; ```python is run, all blocks of a page in one namespace; ```console has
commands after `$ `. A block ```text that follows is what was printed, and is compared line by line, without lines that
hold a time.  DANDELION_UPDATE_DOCS=1 writes what was printed into the pages.
"""

import contextlib
import io
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from sim import cli

PAGES = sorted((Path(__file__).resolve().parents[1] / "docs" / "tutorials").glob("*.md"))
BLOCK = re.compile(
    r'^```(?P<kind>toml|python|console|text)(?: title="(?P<name>[^"]+)")?\n(?P<text>.*?)^```\n', re.M | re.S
)
PASSING = re.compile(r"\d s\b|\d [MG]B")  # a time or a size of this machine


def lasting(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip() and not PASSING.search(line)]


def do(kind: str, text: str, names: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> str:
    """What the block prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        if kind == "python":
            exec(compile(text, "block", "exec"), names)
        else:
            for line in text.splitlines():
                monkeypatch.setattr(sys, "argv", shlex.split(line.removeprefix("$ ")))
                assert cli._run() == 0, line
    return printed.getvalue()


@pytest.mark.parametrize("tutorial", PAGES, ids=lambda tutorial: tutorial.stem)
def test_a_tutorial_does_what_it_says(tutorial, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    names: dict[str, object] = {"__name__": tutorial.stem}
    source = tutorial.read_text(encoding="utf-8")
    update = bool(os.environ.get("DANDELION_UPDATE_DOCS"))
    written, at, printed, before = [], 0, "", False
    for block in BLOCK.finditer(source):
        kind, text = block["kind"], block["text"]
        between = source[at : block.start()]
        if kind == "text":
            if before and not update:
                assert lasting(printed) == lasting(text), f"{tutorial.name}: what stands below is stale"
            written.append(between if not update or not before else "")
            written.append("" if update and before else block[0])
            at, before = block.end(), False
            continue
        written += [between, block[0]]
        at, before = block.end(), False
        if kind == "toml":
            (tmp_path / block["name"]).write_text(text, encoding="utf-8")
            continue
        printed, before = do(kind, text, names, monkeypatch), True
        if update and lasting(printed):
            written.append("\n```text\n" + "\n".join(lasting(printed)) + "\n```\n")
        elif not update and lasting(printed):
            following = BLOCK.search(source, block.end())
            assert following is not None, f"{tutorial.name}: the output is not shown"
            assert following["kind"] == "text", f"{tutorial.name}: the output is not shown"
    if update:
        tutorial.write_text("".join(written) + source[at:], encoding="utf-8")


def test_there_are_three():
    assert {page.stem for page in PAGES} == {"analysts", "modellers", "planners"}
