"""What the manifest of a stored follower graph must say before anything else in its folder is believed."""

import json
from typing import Annotated, Any

import pydantic

from sim import errors
from sim.kernels import links
from sim.quantities import Range

ARRAYS = ("indptr", "followers", "community_start", "added_indptr", "added_followers")
FILES = (*(f"{name}.npy" for name in ARRAYS), "labels.json")

Size = Annotated[int, pydantic.Field(ge=0, le=2**62)]
Digest = Annotated[str, pydantic.Field(min_length=64, max_length=64)]


class File(pydantic.BaseModel):
    """One file: its size in bytes, and (first byte, bytes, SHA-256) of ranges that cover it."""

    bytes: Size
    ranges: list[tuple[Size, Size, Digest]]

    @pydantic.model_validator(mode="after")
    def _covered(self) -> "File":
        at = 0
        for first, size, _ in sorted(self.ranges):
            if first > at:
                raise ValueError(f"no checksum covers the bytes from {at:,}")
            at = max(at, first + size)
        if at != self.bytes:
            raise ValueError(f"the checksums cover {at:,} of {self.bytes:,} bytes")
        return self


class Manifest(pydantic.BaseModel):
    """manifest.json of a graph folder; further keys (counts, versions) inform and are not believed."""

    model_config = pydantic.ConfigDict(extra="allow")

    format_version: int
    files: dict[str, File]
    attributes: dict[str, dict[Annotated[int, pydantic.Field(ge=0)], Any]] = {}
    growth: dict[str, Any] | None
    law: str | None

    @pydantic.model_validator(mode="after")
    def _known(self) -> "Manifest":
        strange = next((name for name in self.files if name not in FILES), None)
        if strange is not None:
            raise ValueError(f"a graph has no file {strange!r}; allowed are {', '.join(FILES)}")
        if self.growth is not None:
            _recipe(self.growth)
        return self


def _recipe(table: dict[str, Any]) -> links.Growth:
    """The growth recipe of TABLE. Raises ValueError where a value is missing, strange or out of its range."""
    declared = links.Growth.__annotations__
    if set(table) != set(links.Growth._fields):
        odd = ", ".join(sorted(set(table) ^ set(links.Growth._fields)))
        raise ValueError(f"the growth recipe lacks or does not know {odd}")
    for name, value in table.items():
        allowed = next((mark for mark in getattr(declared[name], "__metadata__", ()) if isinstance(mark, Range)), None)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or (allowed is not None and not allowed.low <= value <= allowed.high):
            raise ValueError(f"growth: {name} = {value!r} is no value a graph can be grown with")
        if isinstance(links.Growth._field_defaults[name], int) and not isinstance(value, int):
            raise ValueError(f"growth: {name} = {value!r}, which must be whole")
    return links.Growth(**table)


def parse(text: str, where: str, version: int) -> dict[str, Any]:
    """The manifest in TEXT as a table. Raises UserError naming WHERE and what is wrong."""
    try:
        found = json.loads(text)
        said = found["format_version"]
    except (ValueError, KeyError, TypeError, RecursionError) as failure:
        raise errors.UserError(f"{where}: not the manifest of a follower graph ({failure}).") from failure
    if said != version:
        raise errors.UserError(f"{where}: format_version = {said!r}; this version of Dandelion reads {version}.")
    try:
        return Manifest.model_validate(found).model_dump()
    except pydantic.ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(map(str, first["loc"])) or "manifest"
        raise errors.UserError(
            f"{where}: {place}: {first['msg']}.\nThe folder is damaged: copy it again, or grow the graph again."
        ) from None
