"""The accounts' original names as JSON: texts, numbers, and tuples of these."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim import errors


def text(labels: Sequence[Any]) -> str:
    """LABELS as JSON. Raises TypeError where one of them is neither text nor number nor a tuple of these."""
    return json.dumps([_frozen(label) for label in labels], ensure_ascii=False)


def parse(raw: bytes, where: Path) -> list[Any]:
    """The names in RAW, as `text` wrote them. Raises UserError naming WHERE when it is no list of different names."""
    try:
        found = json.loads(raw.decode("utf-8"))
        if not isinstance(found, list):
            raise ValueError("it is no list")
        labels = [_thawed(label) for label in found]
        if len(set(labels)) < len(labels):
            raise ValueError("a name stands there twice")
    except (ValueError, TypeError, KeyError, RecursionError) as failure:
        raise errors.UserError(f"{where}: not a list of names ({failure}).") from failure
    return labels


def plain(value: Any) -> Any:
    """A NumPy scalar as the Python number it stands for."""
    return value.item() if isinstance(value, np.generic) else value


def _frozen(label: Any) -> Any:
    """LABEL as JSON can hold it: a tuple becomes {"tuple": [...]}."""
    if isinstance(label, tuple):
        return {"tuple": [_frozen(item) for item in label]}
    return plain(label)


def _thawed(label: Any) -> Any:
    if isinstance(label, dict):
        return tuple(_thawed(item) for item in label["tuple"])
    return label
