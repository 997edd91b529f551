"""Machine words side by side: prefetch, bit counts and 64 coins at a time.

LLVM operations that Numba has no name for, as `@intrinsic`s.  All are integer
arithmetic, so the bits are the same whether the processor has 512-bit lanes,
256-bit lanes or none (little-endian byte order throughout).  Reads are
unchecked: the caller pads its arrays.
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from sim.kernels import draws

_BIT, _BYTE, _WORD, _LONG = (ir.IntType(width) for width in (1, 8, 32, 64))
_GOLDEN = int(draws.GOLDEN)
_TWO_64 = 2**64
_ROWS = 64  # row ends compared at once
_COINS = 64  # one byte each: 8 hashes of 8 bytes


def _operation(builder: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, arguments), name)


def _address(context: Any, builder: Any, kind: Any, array: Any, item: Any) -> Any:
    return builder.gep(context.make_array(kind)(context, builder, array).data, [item])


def _every(builder: Any, value: Any, element: Any, lanes: int) -> Any:
    """VALUE in each of LANES lanes."""
    nothing = ir.Constant(ir.VectorType(element, lanes), ir.Undefined)
    one = builder.insert_element(nothing, value, _WORD(0))
    return builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(_WORD, lanes), None))


def _hashes(builder: Any, start: Any, stream: Any) -> Any:
    """`draws.bits(stream, start + i)` for i = 0..7, one per 64-bit lane."""
    eight = ir.VectorType(_LONG, 8)
    steps = ir.Constant(eight, [(i + 1) * _GOLDEN % _TWO_64 for i in range(8)])
    return _mixed(
        builder, builder.add(_every(builder, builder.add(stream, builder.mul(start, _LONG(_GOLDEN))), _LONG, 8), steps)
    )


def _mixed(builder: Any, x: Any) -> Any:
    """`draws.mix` of eight 64-bit lanes."""
    eight = ir.VectorType(_LONG, 8)

    def all_lanes(number: int) -> Any:
        return ir.Constant(eight, [number] * 8)

    x = builder.mul(builder.xor(x, builder.lshr(x, all_lanes(30))), all_lanes(int(draws._MULTIPLY_1)))
    x = builder.mul(builder.xor(x, builder.lshr(x, all_lanes(27))), all_lanes(int(draws._MULTIPLY_2)))
    return builder.xor(x, builder.lshr(x, all_lanes(31)))


@intrinsic
def prefetch(typing: Any, array: Any, item: Any) -> Any:
    """Ask for the cache line of array[item] (item uint64; one past the end is harmless) without waiting for it.

    A number in place of the array asks for nothing.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if not isinstance(array, types.Array):
            return context.get_dummy_value()
        place = builder.bitcast(_address(context, builder, array, *arguments), cgutils.voidptr_t)
        fetch = _operation(builder, "llvm.prefetch.p0", ir.VoidType(), [cgutils.voidptr_t, _WORD, _WORD, _WORD])
        builder.call(fetch, [place, _WORD(0), _WORD(3), _WORD(1)])  # read, keep near, data
        return context.get_dummy_value()

    return types.void(array, item), generate


@intrinsic
def ones(typing: Any, word: Any) -> Any:
    """How many bits of a uint64 are set (uint64)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.call(_operation(builder, "llvm.ctpop.i64", _LONG, [_LONG]), arguments)

    return types.uint64(types.uint64), generate


@intrinsic
def lowest(typing: Any, word: Any) -> Any:
    """The place of a uint64's lowest set bit (uint64); 64 for 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.call(_operation(builder, "llvm.cttz.i64", _LONG, [_LONG, _BIT]), [arguments[0], _BIT(0)])

    return types.uint64(types.uint64), generate


@intrinsic
def leading(typing: Any, word: Any) -> Any:
    """How many zeros stand before a uint64's highest set bit (uint64); undefined for 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.call(_operation(builder, "llvm.ctlz.i64", _LONG, [_LONG, _BIT]), [arguments[0], _BIT(1)])

    return types.uint64(types.uint64), generate


@intrinsic
def passed(typing: Any, ends: Any, position: Any) -> Any:
    """How many of 64 ENDS (uint32 or float64) are at or before POSITION (same type): one vector comparison (uint64)."""
    real = ends.dtype == types.float64
    element = ir.DoubleType() if real else _WORD

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row = ir.VectorType(element, _ROWS)
        place = _address(context, builder, ends, arguments[0], _LONG(0))
        loaded = builder.load(builder.bitcast(place, row.as_pointer()))
        loaded.align = 4
        compare = builder.fcmp_ordered if real else builder.icmp_unsigned
        before = compare("<=", loaded, _every(builder, arguments[1], element, _ROWS))
        count = _operation(builder, "llvm.ctpop.i64", _LONG, [_LONG])
        return builder.call(count, [builder.bitcast(before, _LONG)])

    return types.uint64(ends, types.float64 if real else types.uint32), generate


@intrinsic
def coins_within(typing: Any, limits: Any, start: Any, stream: Any) -> Any:
    """64 coins against 64 limits: bit k is set when coin k of block START <= limits[start + k], as a uint64.

    limits uint8[], or one uint8 that all links share.  Coin k is byte k % 8 of draws.bits(stream, start + k // 8).
    """
    shared = not isinstance(limits, types.Array)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        block = ir.VectorType(_BYTE, _COINS)
        if shared:
            most = _every(builder, arguments[0], _BYTE, _COINS)
        else:
            place = _address(context, builder, limits, arguments[0], arguments[1])
            most = builder.load(builder.bitcast(place, block.as_pointer()))
            most.align = 1
        coins = builder.bitcast(_hashes(builder, arguments[1], arguments[2]), block)
        return builder.bitcast(builder.icmp_unsigned("<=", coins, most), _LONG)

    return types.uint64(types.uint8 if shared else limits, types.uint64, types.uint64), generate


@intrinsic
def chosen(
    typing: Any, items: Any, at: Any, kinds: Any, kinds_at: Any, below: Any, stream: Any, out: Any, to: Any
) -> Any:
    """Whom a hash chooses among 16 ITEMS: bit k is set when the upper half of random k is below BELOW[KINDS[k] & 7].

    items int32[] from AT on, kinds uint8[] from KINDS_AT on (all int64), below uint32[8].  Random k is
    draws.bits(stream, item k); the 16 are written into OUT (uint64[]) from TO on.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = dict(
            zip(("items", "at", "kinds", "kinds_at", "below", "stream", "out", "to"), signature.args, strict=True)
        )
        of = dict(zip(kind, arguments, strict=True))

        def place(name: str, item: Any, element: Any, lanes: int) -> Any:
            row = ir.VectorType(element, lanes)
            return builder.bitcast(_address(context, builder, kind[name], of[name], item), row.as_pointer())

        def loaded(name: str, item: Any, element: Any, lanes: int, align: int) -> Any:
            row = builder.load(place(name, item, element, lanes))
            row.align = align
            return row

        eight, sixteen = ir.VectorType(_LONG, 8), ir.VectorType(_WORD, 16)
        upper = []
        for part in (0, 8):
            first = builder.add(of["at"], _LONG(part))
            wide = builder.sext(loaded("items", first, _WORD, 8, 4), eight)
            random = _mixed(
                builder,
                builder.add(
                    _every(builder, builder.add(of["stream"], _LONG(_GOLDEN)), _LONG, 8),
                    builder.mul(wide, ir.Constant(eight, [_GOLDEN] * 8)),
                ),
            )
            store = builder.store(random, place("out", builder.add(of["to"], _LONG(part)), _LONG, 8))
            store.align = 8
            upper.append(builder.trunc(builder.lshr(random, ir.Constant(eight, [32] * 8)), ir.VectorType(_WORD, 8)))
        both = builder.shuffle_vector(upper[0], upper[1], ir.Constant(sixteen, list(range(16))))
        kinds = builder.zext(loaded("kinds", of["kinds_at"], _BYTE, 16, 1), sixteen)
        kinds = builder.and_(kinds, ir.Constant(sixteen, [7] * 16))
        limit = ir.Constant(sixteen, [0] * 16)
        for k in range(8):
            here = builder.load(_address(context, builder, kind["below"], of["below"], _LONG(k)))
            is_k = builder.icmp_unsigned("==", kinds, ir.Constant(sixteen, [k] * 16))
            limit = builder.select(is_k, _every(builder, here, _WORD, 16), limit)
        below = builder.icmp_unsigned("<", both, limit)
        return builder.zext(builder.bitcast(below, ir.IntType(16)), _LONG)

    wants = (types.int64, kinds, types.int64, below, types.uint64, out, types.int64)
    return types.uint64(items, *wants), generate
