"""Controls made from declarations: range, unit, meaning and evidence are read where the parameter is declared."""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.quantities import Parameter
from sim.scenario import complaints
from sim.ui import i18n
from sim.ui.i18n import Language

Field = dict[str, Any]
NO_LIMIT = 1e12
SLIDERS = {"share"}


def scale(parameter: Parameter) -> float:
    """What a value is multiplied by when shown: shares are shown as per cent."""
    return 100.0 if parameter.range is not None and parameter.range.unit == "share" else 1.0


def shown_unit(parameter: Parameter, language: Language) -> str:
    """The unit as written behind the control."""
    if parameter.range is None:
        return ""
    return "%" if parameter.range.unit == "share" else i18n.unit(parameter.range.unit, language)


def plain(value: float) -> float | int:
    """VALUE without the noise of binary fractions; whole numbers whole."""
    rounded = float(f"{value:.10g}")
    return int(rounded) if rounded == int(rounded) and abs(rounded) < 1e15 else rounded


def written(value: float) -> str:
    """A number for a sentence: thousands separated, four digits."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


def number(declaring: type, name: str, value: Any, label: str, language: Language, wide: bool = False) -> Field:
    """The control of the number NAME that the table DECLARING declares."""
    parameter = complaints.parameter_of(declaring, name)
    if parameter is None or parameter.range is None:
        raise LookupError(f"{declaring.__name__}.{name} declares no range")
    times = scale(parameter)
    low, high = parameter.range.low * times, parameter.range.high * times
    unit = shown_unit(parameter, language)
    return told(parameter, label, language) | {
        "name": name,
        "label": label,
        "kind": "number",
        "value": "" if value is None else plain(float(value) * times),
        "low": low,
        "high": high,
        "step": 1 if parameter.range.whole or times == 100.0 else (high - low) / 200,
        "whole": parameter.range.whole,
        "unit": "" if unit and label.lower().endswith(unit.lower()) else unit,  # "Simulated accounts" says it already
        "slider": parameter.range.unit in SLIDERS,
        "wide": wide,
        "allowed": i18n.say("range", language, low=written(low), high=written(high), unit=unit).strip(),
        "not_allowed": i18n.say("not_allowed", language, low=written(low), high=written(high)),
    }


def told(parameter: Parameter, label: str, language: Language) -> Field:
    """What the hint beside a control says: meaning, evidence, plausible range."""
    doc, plausible = parameter.doc, ""
    if doc.doubt is not None:
        ends = [written(end * scale(parameter)) for end in doc.doubt]
        plausible = i18n.say("plausible", language, low=ends[0], high=ends[1])
    known: Field = {"evidence": evidence(parameter, language), "plausible": plausible}
    return hint(label, i18n.meaning(doc.meaning, language), language) | known


def hint(label: str, meaning: str, language: Language) -> Field:
    """The hint beside a control that is called LABEL."""
    return {"about": i18n.say("about_this", language, label=label), "meaning": meaning}


def evidence(parameter: Parameter, language: Language) -> str:
    """How we know the default: "fitted: arXiv ...", "assumed"."""
    how = i18n.say(parameter.doc.evidence, language)
    return f"{how}: {parameter.doc.source}" if parameter.doc.source else how


def given(declaring: type, name: str, value: Any) -> Any:
    """What a control gave, in the declaration's own unit."""
    parameter = complaints.parameter_of(declaring, name)
    if parameter is None or parameter.range is None or isinstance(value, bool | str):
        return value
    own = float(value) / scale(parameter)
    return int(own) if parameter.range.whole else plain(own)


def choice(name: str, value: str, options: Sequence[Mapping[str, str]], label: str, wide: bool = False) -> Field:
    """A select."""
    return {"name": name, "label": label, "kind": "choice", "value": value, "options": list(options), "wide": wide}


def text(name: str, value: str, label: str, wide: bool = True) -> Field:
    """A line of text."""
    return {"name": name, "label": label, "kind": "text", "value": value, "wide": wide}


def check(name: str, value: bool, label: str) -> Field:
    """A tick."""
    return {"name": name, "label": label, "kind": "check", "value": value}
