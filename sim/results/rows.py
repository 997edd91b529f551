"""The rows of many parts as one frame, without ever holding them twice."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 100_000
"""Rows of one group of a file: what is decoded at once."""


def _batches(path: Path, names: list[str]) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path, pre_buffer=False) as file:
        yield from file.iter_batches(GROUP, columns=[name for name in file.schema_arrow.names if name in names])


def gathered(paths: Sequence[Path], columns: list[str] | None) -> pd.DataFrame:
    """All rows of PATHS, group by group into their final place: the peak is the result and one group."""
    size = sum(pq.read_metadata(path).num_rows for path in paths)
    names = list(dict.fromkeys(name for path in paths for name in pq.read_schema(path).names))
    names = [name for name in names if columns is None or name in columns]
    arrays: dict[str, np.ndarray] = {}
    words: dict[str, dict[str, int]] = {}
    texts: dict[str, list[pa.Array]] = {}
    at = 0
    for batch in (batch for path in paths for batch in _batches(path, names)):
        for name in names:
            held = batch.column(name) if name in batch.schema.names else None
            if held is None or held.type == pa.null():
                if name in arrays and name not in words:
                    arrays[name][at : at + len(batch)] = np.nan
                continue
            if pa.types.is_dictionary(held.type):
                place = arrays.setdefault(name, np.full(size, -1, np.int32))
                known = words.setdefault(name, {})
                codes = [known.setdefault(word, len(known)) for word in held.dictionary.to_pylist()]
                place[at : at + len(held)] = np.asarray(codes, np.int32)[held.indices.to_numpy()]
            elif pa.types.is_string(held.type):
                texts.setdefault(name, []).append(held)
            else:
                values = held.to_numpy(zero_copy_only=False)
                if name not in arrays:
                    arrays[name] = np.full(size, np.nan) if values.dtype.kind == "f" else np.zeros(size, values.dtype)
                arrays[name][at : at + len(held)] = values
        at += len(batch)
    columns_of: dict[str, Any] = {}
    for name in names:
        if name in words:
            columns_of[name] = pd.Categorical.from_codes(
                arrays[name], categories=pd.Index(list(words[name]), dtype=object)
            )
        elif name in texts:
            columns_of[name] = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array(texts[name])))
        else:
            columns_of[name] = arrays.get(name, np.full(size, np.nan))
    return pd.DataFrame(columns_of, copy=False)
