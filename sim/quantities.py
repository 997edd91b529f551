"""Units, ranges and evidence: the one place where a parameter is declared.

A parameter is a field of a NamedTuple (when a kernel reads it) or of a
``Section`` (when no kernel does).  Its annotation says everything once:

    repost_rate: Annotated[Share, Doc("chance at first sight", "calibrated")] = 0.01

`parameters` turns such a class into a table that checks the scenario file,
labels the slider, draws the doubt and fills the docs.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import annotated_types

Evidence = Literal["seen", "calibrated", "assumed"]


@dataclass(frozen=True)
class Range(annotated_types.GroupedMetadata):
    """The values that make sense, both ends included, and their unit; pydantic reads it as bounds."""

    low: float
    high: float
    unit: str
    whole: bool = False

    def __iter__(self) -> Iterator[annotated_types.BaseMetadata]:
        yield annotated_types.Ge(self.low)
        yield annotated_types.Le(self.high)


@dataclass(frozen=True)
class Doc:
    """What a parameter means and how we know its default.

    meaning    one line, without the unit
    evidence   seen (in a source), calibrated (on what SOURCE says) or assumed
    source     where it was seen or what it was calibrated on
    doubt      the plausible range that "under assumptions" draws from (None: not drawn)
    """

    meaning: str
    evidence: Evidence = "assumed"
    source: str = ""
    doubt: tuple[float, float] | None = None


@dataclass(frozen=True)
class Parameter:
    """One declared parameter, as every reader of the declaration sees it."""

    name: str
    kind: type
    default: Any
    range: Range | None
    doc: Doc


Share = Annotated[float, Range(0.0, 1.0, "share")]
Hours = Annotated[float, Range(0.0, 24.0 * 366, "hours")]
Minutes = Annotated[float, Range(0.0, 60.0 * 24 * 366, "minutes")]
Seconds = Annotated[float, Range(0.0, 86_400.0 * 366, "seconds")]
Days = Annotated[float, Range(0.0, 366.0, "days")]
Count = Annotated[int, Range(0, 2**40, "count", whole=True)]
Money = Annotated[float, Range(0.0, 1e12, "RMB")]
Multiplier = Annotated[float, Range(0.0, 1_000.0, "times")]
Exponent = Annotated[float, Range(-5.0, 5.0, "exponent")]
Spread = Annotated[float, Range(0.0, 5.0, "sigma of the logarithm")]
Level = Annotated[float, Range(-20.0, 20.0, "level")]


def parameters(declaring: type) -> Mapping[str, Parameter]:
    """The parameters that a NamedTuple or Section class declares, in order.

    Fields without a `Doc` are structure (lists, tables), not parameters, and
    are left out.
    """
    return _parameters(declaring)


@functools.cache  # reading one scenario asks a thousand times
def _parameters(declaring: type) -> Mapping[str, Parameter]:
    defaults = getattr(declaring, "_field_defaults", None)
    if defaults is None:
        fields = declaring.model_fields  # type: ignore[attr-defined]
        defaults = {name: field.get_default(call_default_factory=True) for name, field in fields.items()}
    found = {}
    for name, hint in get_type_hints(declaring, include_extras=True).items():
        marks = list(_marks(hint))
        doc = next((mark for mark in marks if isinstance(mark, Doc)), None)
        if doc is None:
            continue
        allowed = next((mark for mark in marks if isinstance(mark, Range)), None)
        kind = int if allowed is not None and allowed.whole else _kind(hint)
        found[name] = Parameter(name, kind, defaults.get(name), allowed, doc)
    return MappingProxyType(found)


def _marks(hint: Any) -> Iterator[Any]:
    """The marks of an annotation, those inside a union too."""
    if get_origin(hint) is Annotated:
        inner, *marks = get_args(hint)
        yield from marks
        yield from _marks(inner)
    else:
        for part in get_args(hint):
            yield from _marks(part)


def _kind(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint
