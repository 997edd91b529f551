"""Files that a person got wrong, and what they are told."""

import os
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import errors
from sim.quantities import Count, Doc, Hours, Money, Share
from sim.scenario import complaints, evidence, read
from sim.section import Section, table_of


class Answer(NamedTuple):
    repost_rate: Annotated[Share, Doc("the chance of a repost at first sight", "calibrated", "Weibo")] = 0.01
    halflife: Annotated[Hours, Doc("until that chance halves", "assumed", doubt=(6, 72))] = 24.0


AnswerTable = table_of(Answer, "AnswerTable", __name__)


class Post(Section):
    by: str
    hour: Annotated[Hours, Doc("after the start", "assumed")]
    every: Annotated[Hours | None, Doc("between two posts", "assumed")] = None


class Launch(Section):
    posts: tuple[Post, ...] = ()
    tone: Literal["calm", "loud"] = "calm"


class Toy(Section):
    name: str
    start: datetime
    budget: Annotated[Money, Doc("for each strategy", "assumed")] = 1000.0
    accounts: Annotated[Count, Doc("in the market", "assumed")] = 1000
    maybe: Annotated[Share | None, Doc("a share when given", "assumed")] = None
    answer: AnswerTable = AnswerTable()
    strategies: dict[str, Launch] = {}

    @pydantic.model_validator(mode="after")
    def _money_for_two(self) -> "Toy":
        if len(self.strategies) > 1 and self.budget == 0:
            raise ValueError("two strategies need a budget")
        return self


GOOD = """# a comment
name = "toy"
start = 2010-08-17T20:00:00+08:00
budget = 500

[answer]
repost_rate = 0.02

[strategies.seeding]
tone = "loud"
[[strategies.seeding.posts]]
by = "kol_1"
hour = 1
[[strategies.seeding.posts]]
by = "kol_2"
hour = 2.5
"""


def refused(text: str) -> str:
    with pytest.raises(errors.UserError) as caught:
        read.parse(text, Toy, "toy.toml")
    return str(caught.value)


def test_a_good_file_is_read():
    toy = read.parse(GOOD, Toy)
    assert toy.answer.repost_rate == 0.02
    assert toy.answer.halflife == 24.0
    assert [post.by for post in toy.strategies["seeding"].posts] == ["kol_1", "kol_2"]


WRONG = {
    "unknown key": ("budget = 500", "bugdet = 500", ["line 4", "bugdet is not a known key", "Did you mean budget?"]),
    "key of another table": ("budget = 500", "halflife = 5", ["halflife", "belongs into [answer]"]),
    "unknown key of a kernel's table": (
        "repost_rate = 0.02",
        "repost-rate = 0.02",
        ["line 7", "[answer] repost-rate", "Did you mean repost_rate?"],
    ),
    "outside its range": (
        "repost_rate = 0.02",
        "repost_rate = 1.4",
        ["line 7", "[answer] repost_rate = 1.4", "outside 0 to 1", "share", "first sight"],
    ),
    "not finite": ("repost_rate = 0.02", "repost_rate = nan", ["repost_rate = nan", "outside 0 to 1"]),
    "optional outside": ("budget = 500", "maybe = 2", ["maybe = 2", "outside 0 to 1"]),
    "text for a number": ("budget = 500", 'budget = "500"', ['budget = "500"', "a number was expected"]),
    "truth for a number": ("budget = 500", "budget = true", ["budget = true", "a number was expected"]),
    "not whole": ("budget = 500", "accounts = 1.5", ["accounts = 1.5", "whole number"]),
    "too large for a float": ("budget = 500", "budget = 1" + "0" * 400, ["budget = 1000"]),
    "wrong word": ("loud", "lout", ["line 10", "[strategies.seeding] tone", '"loud"', "Did you mean loud?"]),
    "second entry": ("hour = 2.5", "hour = -2.5", ["line 16", "[strategies.seeding.posts] (entry 2) hour = -2.5"]),
    "missing": ('by = "kol_2"', "", ["[strategies.seeding.posts] (entry 2) by is missing"]),
    "missing at the top": ('name = "toy"', "", ["name is missing"]),
    "a table for a list": ("[answer]\n", "[strategies.other]\nposts = {}\n[answer]\n", ["posts", "list"]),
    "not a date": ("2010-08-17T20:00:00+08:00", '"soon"', ["start", "date"]),
    "impossible date": ("2010-08-17T20:00:00", "2010-02-31T20:00:00", ["line 3", "Invalid date"]),
    "syntax": ("budget = 500", "budget = = 500", ["line 4", "budget = = 500", "^"]),
    "unclosed": ("hour = 2.5\n", "hour = [2.5\n", ["toy.toml", "line 1"]),
    "key twice": ("budget = 500", "budget = 500\nbudget = 600", ["Cannot overwrite", "line 5"]),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_answered_with_place_found_and_allowed(case):
    old, new, expected = WRONG[case]
    assert old in GOOD
    message = refused(GOOD.replace(old, new))
    assert message.startswith("toy.toml")
    for words in expected:
        assert words in message, message


def test_a_rule_over_several_keys_names_its_table():
    text = GOOD.replace("budget = 500", "budget = 0") + "[strategies.second]\n"
    assert "two strategies need a budget" in refused(text)


def test_many_errors_are_counted_not_listed():
    text = GOOD + "".join(f"[strategies.s{n}]\ntone = 1\n" for n in range(20))
    message = refused(text)
    assert "... and 15 more." in message
    assert message.count("\n") < 4 * complaints.SHOWN


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \n ", "is empty"),
        (b"name = '\xff'", "line 1 is not UTF-8"),
        (b"a = 1\n" * 200_000, "at most 1,000,000"),
        (b"x = " + b"[" * 100_000, "nested"),
        (b"x = 1" + b"0" * 10_000, "digits"),
        (b"\x00\x01\x02", "not TOML"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path, content, words):
    path = tmp_path / "toy.toml"
    path.write_bytes(content)
    with pytest.raises(errors.UserError, match=words):
        read.read(path, Toy)


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path):
    path = tmp_path / "toy.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read.read(path, Toy) == read.parse(GOOD, Toy)


def test_folder_missing_file_and_pipe_are_refused(tmp_path):
    (tmp_path / "launch.toml").write_text(GOOD)
    os.mkfifo(tmp_path / "pipe.toml")
    for path, words in [
        (tmp_path, "is a folder"),
        (tmp_path / "lanch.toml", "Did you mean launch.toml"),
        (tmp_path / "no" / "lanch.toml", "Neither does its folder"),
        (tmp_path / "pipe.toml", "not a regular file"),
        (tmp_path / ("x" * 300 + ".toml"), "cannot be read"),
        (tmp_path / "zero\0byte.toml", "cannot be read"),
    ]:
        with pytest.raises(errors.UserError, match=words):
            read.read(path, Toy)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    folder = tmp_path / "presets"
    (folder / "sweeps").mkdir(parents=True)
    (folder / "toy_launch.toml").write_text(GOOD)
    (folder / "sweeps" / "many.toml").write_text(GOOD)
    monkeypatch.setattr(read, "folders", lambda: [folder])
    return folder


def test_presets_are_found_by_name(shipped):
    assert set(read.presets()) == {"toy_launch"}
    assert read.read("toy_launch", Toy).name == "toy"
    assert read.read("many", Toy, kind="sweeps").name == "toy"
    with pytest.raises(errors.UserError, match=r"Did you mean toy_launch\?\nPresets: toy_launch"):
        read.read("toylaunch", Toy)
    with pytest.raises(errors.UserError, match="neither"):
        read.read("", Toy)


def test_a_preset_wins_over_a_folder_of_the_same_name(shipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy_launch").mkdir()
    assert read.locate("toy_launch") == shipped / "toy_launch.toml"
    assert read.locate("./toy_launch/x.toml").name == "x.toml"


def test_the_checkout_ships_its_presets():
    assert any(folder.name in ("scenarios", "presets") for folder in read.folders())


shares = st.floats(0, 1)
names = st.text(st.characters(codec="utf-8", exclude_characters="\x7f", min_codepoint=32), max_size=20)


@given(
    name=names,
    rate=shares,
    budget=st.floats(1, 1e12),
    maybe=st.none() | shares,
    keys=st.lists(names.filter(bool), max_size=3, unique=True),
    hours=st.lists(st.floats(0, 8000), max_size=3),
)
def test_writing_and_reading_gives_an_equal_object(name, rate, budget, maybe, keys, hours):
    toy = Toy(
        name=name,
        start=datetime.fromisoformat("2010-08-17T20:00:00+08:00"),
        budget=budget,
        maybe=maybe,
        answer=AnswerTable(repost_rate=rate),
        strategies={key: Launch(posts=tuple(Post(by=key, hour=hour) for hour in hours)) for key in keys},
    )
    assert read.parse(read.write(toy), Toy) == toy


@given(st.data())
def test_near_valid_files_end_in_an_object_or_a_user_error(data):
    """Cut, doubled and disturbed copies of a good file: never another exception."""
    text = GOOD
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(len(text), start + 12)))
        piece = data.draw(
            st.sampled_from(["", "[", "]]", "=", '"', "1e999", "-", "\n", "{}", "nan", "true", text[start:stop] * 2])
        )
        text = text[:start] + piece + text[stop:]
    try:
        toy = read.parse(text, Toy)
    except errors.UserError:
        return
    assert read.parse(read.write(toy), Toy) == toy


def test_an_edit_keeps_the_comments():
    text = read.edit(GOOD, {"budget": 700.0, "answer.halflife": 12.0})
    assert text.startswith("# a comment\n")
    toy = read.parse(text, Toy)
    assert (toy.budget, toy.answer.halflife, toy.answer.repost_rate) == (700.0, 12.0, 0.02)
    with pytest.raises(errors.UserError, match="budget is not a table"):
        read.edit(GOOD, {"budget.more": 1})


def test_the_schema_carries_unit_and_evidence():
    schema = evidence.describe(Toy)
    budget = schema["properties"]["budget"]
    assert (budget["unit"], budget["maximum"], budget["evidence"]) == ("RMB", 1e12, "assumed")
    answer = schema["$defs"]["AnswerTable"]
    assert answer["type"] == "object"
    rate = answer["properties"]["repost_rate"]
    assert (rate["minimum"], rate["maximum"], rate["source"]) == (0.0, 1.0, "Weibo")
    assert answer["properties"]["halflife"]["doubt"] == [6, 72]
