"""What the docs name is there: commands and their options, modules, files; and the README's Python runs.

What the tutorials print is compared in test_tutorials.py.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from sim import cli

HOUSE = Path(__file__).resolve().parents[1]
PAGES = [HOUSE / "README.md", HOUSE / "CONTRIBUTING.md", *sorted((HOUSE / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```.*?^```$", re.M | re.S)
SPAN = re.compile(r"`([^`]+)`")
LINE = re.compile(r"^(?:    |\$ |\| `)(.+)$", re.M)
PLACE = re.compile(r"^(?:sim|tests|benchmarks|docs|scenarios)/[\w/.-]+$")
COMMAND = typer.main.get_command(cli.app)


def code(page: Path) -> Iterator[str]:
    """Every span of code, and every line that stands as code."""
    text = page.read_text(encoding="utf-8")
    yield from (" ".join(found.split()) for found in SPAN.findall(FENCED.sub("", text)))
    yield from (found.strip() for found in LINE.findall(text))


def spoken(text: str) -> tuple[Any, list[str]] | None:
    """The command that TEXT speaks of and the words behind it; None where it is no `dandelion ...`."""
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        return None
    while words and words[0].split("/")[-1] != "dandelion":
        words = words[1:] if "=" in words[0] or words[0] in {"$", "nice", "time"} else []
    command, rest = COMMAND, words[1:]
    if not words or not rest or not re.fullmatch(r"[a-z]+", rest[0]):
        return None
    while hasattr(command, "commands") and rest and re.fullmatch(r"[a-z]+", rest[0]):
        assert rest[0] in command.commands, f"dandelion has no command {rest[0]!r}: {text}"
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest


@pytest.mark.parametrize("told", PAGES, ids=lambda told: told.relative_to(HOUSE).as_posix())
def test_commands_and_options_exist(told):
    for text in code(told):
        if (found := spoken(text)) is not None:
            command, rest = found
            known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
            unknown = [word for word in rest if re.fullmatch(r"--?[a-z][a-z-]*", word) and word not in known]
            assert not unknown, f"{' '.join(unknown)}: no option of {text}"


@pytest.mark.parametrize("told", PAGES, ids=lambda told: told.relative_to(HOUSE).as_posix())
def test_modules_and_files_exist(told):
    for text in code(told):
        for module in re.findall(r"python -m ((?:benchmarks|tests|sim)(?:\.\w+)*)", text):
            place = HOUSE / module.replace(".", "/")
            assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), text
        if PLACE.match(text):
            assert (HOUSE / text).exists() or list(HOUSE.glob(f"{text}*.py")), f"{told.name}: {text} is not there"


def test_the_commands_are_found():
    """The patterns see what they should: these stand in the README."""
    found = [one[0].name for text in code(HOUSE / "README.md") if (one := spoken(text)) is not None]
    assert {"compare", "validate", "sweep", "choose", "schema"} <= set(found)


def test_the_python_of_the_readme_runs():
    (block,) = re.findall(r"^```python\n(.*?)^```", (HOUSE / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    names: dict[str, object] = {}
    exec(compile(block, "README.md", "exec"), names)
    assert names["model"].hour == 1
    assert names["result"].replicates == 8
