"""Files that no mutation of bytes would reach: Parquet tables with strange columns, arrays with strange numbers."""

import datetime as dt
import io
import math
import random
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from tests.fuzz import mutations

WORDS = (
    "",
    " ",
    "a",
    "用户1",
    "user 2",
    "7",
    "-0",
    "1.0",
    "007",
    "nan",
    "None",
    "1e5",
    "x" * 300,
    "\x00",
    "\ufeff1",
    "9" * 25,
)
NUMBERS = (0, 1, 2, -1, 39, 2**31 - 1, 2**31, 2**53 + 1, 2**62, -(2**63))
FLOATS = (0.0, 1.0, -0.0, 2.5, math.nan, math.inf, -math.inf, 1e18, 1e300)


def _column(luck: random.Random, rows: int) -> pa.Array:
    """A column of ROWS values of any type a Parquet file may have."""
    gaps = luck.random() < 0.3

    def of(values: Any, kind: pa.DataType) -> pa.Array:
        return pa.array([None if gaps and luck.random() < 0.2 else values() for _ in range(rows)], kind)

    kind = luck.randrange(16)
    if kind < 4:
        wide = luck.choice((pa.int64(), pa.int64(), pa.int32(), pa.int16(), pa.uint64(), pa.uint8()))
        return of(lambda: luck.randrange(40), wide)
    if kind == 4:
        return of(lambda: luck.choice(NUMBERS), pa.int64())
    if kind == 5:
        return of(lambda: luck.choice((2**64 - 1, 2**63, 0, 5)), pa.uint64())
    if kind < 8:
        return of(lambda: luck.choice(FLOATS) if luck.random() < 0.3 else float(luck.randrange(40)), pa.float64())
    if kind == 8:
        return of(lambda: luck.choice(WORDS), luck.choice((pa.string(), pa.large_string())))
    if kind == 9:
        return of(lambda: str(luck.randrange(40)), pa.string()).dictionary_encode()
    if kind == 10:
        return of(lambda: luck.choice((b"\xff", b"a", b"7", b"")), pa.binary())
    if kind == 11:
        return of(lambda: luck.random() < 0.5, pa.bool_())
    if kind == 12:
        clock = luck.choice((pa.timestamp("us"), pa.timestamp("ns", "Asia/Shanghai")))
        return of(lambda: dt.datetime(2012, 3, luck.randint(1, 28)), clock)
    if kind == 13:
        return of(lambda: Decimal(luck.randrange(40)), pa.decimal128(20, 2))
    if kind == 14:
        return of(lambda: [luck.randrange(40)], pa.list_(pa.int64()))
    return luck.choice((pa.nulls(rows), of(lambda: {"a": 1}, pa.struct([("a", pa.int64())]))))


def parquet(given: bytes, luck: random.Random) -> bytes:
    """GIVEN with bytes broken, or its table with columns of other types, other names, other rows."""
    if luck.random() < 0.4:
        return mutations.binary(given, luck)
    table = pyarrow.parquet.read_table(io.BytesIO(given))
    columns = [[name, table.column(name)] for name in table.column_names]
    for _ in range(luck.randint(1, 3)):
        at = luck.randrange(len(columns))
        kind = luck.randrange(8)
        if kind < 3:
            columns[at][1] = _column(luck, table.num_rows)
        elif kind == 3:
            columns[at][0] = luck.choice((luck.choice(WORDS), columns[luck.randrange(len(columns))][0]))
        elif kind == 4 and len(columns) > 1:
            del columns[at]
        elif kind == 5:
            columns.insert(at, [luck.choice(WORDS) or "id", _column(luck, table.num_rows)])
        elif kind == 6:
            rows = np.array([luck.randrange(table.num_rows) for _ in range(table.num_rows)], np.int64)
            columns[at][1] = columns[at][1].take(pa.array(rows)) if table.num_rows else columns[at][1]
        else:
            columns[at][1] = _nudged(columns[at][1], luck)
    made = pa.Table.from_arrays([column for _, column in columns], names=[name for name, _ in columns])
    if luck.random() < 0.2:
        first = luck.randrange(made.num_rows + 1)
        made = made.slice(first, luck.randrange(made.num_rows + 1))
    out = io.BytesIO()
    group = luck.choice((None, 1, 7)) or max(made.num_rows, 1)
    packed = luck.choice(("none", "snappy", "zstd"))
    pyarrow.parquet.write_table(made, out, row_group_size=group, use_dictionary=luck.random() < 0.5, compression=packed)
    return out.getvalue()


def _nudged(column: Any, luck: random.Random) -> Any:
    """A column with one of its values another of its kind."""
    values = column.to_pylist()
    if values:
        kind = column.type
        if pa.types.is_floating(kind):
            values[luck.randrange(len(values))] = luck.choice(FLOATS)
        elif pa.types.is_integer(kind):
            bits = kind.bit_width - (0 if pa.types.is_unsigned_integer(kind) else 1)
            values[luck.randrange(len(values))] = luck.choice(
                [number for number in NUMBERS if -(2**bits) * (bits % 2) <= number < 2**bits]
            )
        else:
            values[luck.randrange(len(values))] = None
    return pa.array(values, column.type)


def array(given: bytes, luck: random.Random) -> bytes:
    """A .npy file whose numbers lie: out of range, out of order, too few, of another type or shape."""
    held = np.load(io.BytesIO(given))
    for _ in range(luck.randint(1, 3)):
        kind = luck.randrange(8)
        if kind < 4 and held.size:
            low, high = np.iinfo(held.dtype).min, np.iinfo(held.dtype).max
            found = luck.choice((0, 1, -1, held.size, int(held.max()) + 1, 1000, 10**6, high, low))
            held.reshape(-1)[luck.randrange(held.size)] = min(max(found, low), high)
        elif kind == 4:
            held = held[luck.randrange(held.size + 1) :]
        elif kind == 5:
            held = np.concatenate([held, held[: luck.randrange(held.size + 1)]])
        elif kind == 6:
            np.random.default_rng(luck.randrange(2**32)).shuffle(held)
        elif luck.random() < 0.3:
            held = held.astype(luck.choice((np.int64, np.int32)))
    if luck.random() < 0.05:
        held = luck.choice((held.astype(np.float64), held.reshape(1, -1), held.astype(">i4"), np.array(["a"])))
    out = io.BytesIO()
    np.save(out, held)
    return out.getvalue()
