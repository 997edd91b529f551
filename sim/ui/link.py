"""The link that restores a page: the scenario's own text, compressed, with limits on both sides; the tab's address."""

import base64
import binascii
import json
import zlib
from dataclasses import dataclass, replace
from urllib.parse import parse_qs

from sim.errors import UserError
from sim.scenario import read
from sim.ui import state
from sim.ui.i18n import Language
from sim.ui.state import TABS, Inputs

KEY = "s"
LONGEST = 6_000
"""Characters of a link's value; servers and mail programs cut longer addresses."""
LARGEST = 200_000
"""Bytes it may unfold to."""


@dataclass(frozen=True)
class Opened:
    """What a link asks for; without a language, the browser's own counts."""

    inputs: Inputs | None = None
    tab: str = "planner"
    problem: str = ""
    language: Language | None = None


def query(inputs: Inputs, tab: str) -> str:
    """The address's query for INPUTS on TAB; "" when it would be too long."""
    value = {
        "v": 1, "name": inputs.name, "seed": inputs.seed, "minutes": inputs.minutes, "tab": tab,
        "scenario": read.write(inputs.scenario),
    }  # fmt: skip
    packed = zlib.compress(json.dumps(value, ensure_ascii=False).encode(), 9)
    text = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return f"?{KEY}={text}" if len(text) <= LONGEST else ""


def address(inputs: Inputs, tab: str, language: Language) -> str:
    """The query that a tab's own address carries, so that a reload comes back to INPUTS on TAB in LANGUAGE."""
    untouched = inputs == Inputs(state.FIRST, inputs.original, inputs.original)
    return (("" if untouched else query(inputs, tab)) or f"?page={tab}") + f"&language={language}"


def opened(search: str | None) -> Opened:
    """What the query SEARCH asks for. Never raises: what is wrong stands in `problem`."""
    if not search:
        return Opened()
    try:
        asked = parse_qs(search, max_num_fields=8)
    except ValueError:
        return Opened(problem="too many fields")
    tab = asked.get("page", ["planner"])[0]
    tab = tab if tab in TABS else "planner"
    named = asked.get("language", [""])[0]
    language: Language | None = "zh" if named == "zh" else "en" if named == "en" else None
    if KEY not in asked:
        return Opened(tab=tab, language=language)
    try:
        return replace(_unpacked(asked[KEY][0]), language=language)
    except UserError as problem:
        return Opened(problem=str(problem)[:2_000], language=language)


def _unpacked(text: str) -> Opened:
    if len(text) > LONGEST:
        raise UserError(f"it has {len(text):,} characters, at most {LONGEST:,} are read")
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unfolding = zlib.decompressobj()
        raw = unfolding.decompress(packed, LARGEST + 1)
        if len(raw) > LARGEST:
            raise UserError(f"it unfolds to more than {LARGEST:,} bytes")
        value = json.loads(raw)
        if value["v"] != 1 or not isinstance(value["scenario"], str):
            raise UserError("it was made by another version")
        seed = value["seed"]
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
            raise UserError("its seed is not a whole number from 0")
        name, tab, minutes = value["name"], value["tab"], float(value.get("minutes", state.MINUTES))
        if not 0.1 <= minutes <= 60.0:
            raise UserError("its time to stop after is not 0.1 to 60 minutes")
    except (binascii.Error, zlib.error, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise UserError(f"it is damaged ({type(problem).__name__})") from None
    inputs = state.uploaded(value["scenario"], "link")
    known = read.presets()
    if isinstance(name, str) and name in known:
        original = state.first_inputs(name)
        inputs = Inputs(name, original.original, inputs.scenario)
    return Opened(replace(inputs, seed=seed, minutes=minutes), tab if tab in TABS else "planner")
