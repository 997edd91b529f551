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

    def all_lanes(number: int) -> Any:
        return ir.Constant(eight, [number] * 8)

    steps = ir.Constant(eight, [(i + 1) * _GOLDEN % _TWO_64 for i in range(8)])
    x = builder.add(_every(builder, builder.add(stream, builder.mul(start, _LONG(_GOLDEN))), _LONG, 8), steps)
    x = builder.mul(builder.xor(x, builder.lshr(x, all_lanes(30))), all_lanes(int(draws._MULTIPLY_1)))
    x = builder.mul(builder.xor(x, builder.lshr(x, all_lanes(27))), all_lanes(int(draws._MULTIPLY_2)))
    return builder.xor(x, builder.lshr(x, all_lanes(31)))


@intrinsic
def prefetch(typing: Any, array: Any, item: Any) -> Any:
    """Ask for the cache line of array[item] (item uint64; one past the end is harmless) without waiting for it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
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
    """64 coins against 64 limits: bit k is set when coin k of block START <= limits[start + k] (uint8), as a uint64.

    Coin k is byte k % 8 of draws.bits(stream, start + k // 8).
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        block = ir.VectorType(_BYTE, _COINS)
        place = _address(context, builder, limits, arguments[0], arguments[1])
        loaded = builder.load(builder.bitcast(place, block.as_pointer()))
        loaded.align = 1
        coins = builder.bitcast(_hashes(builder, arguments[1], arguments[2]), block)
        return builder.bitcast(builder.icmp_unsigned("<=", coins, loaded), _LONG)

    return types.uint64(limits, types.uint64, types.uint64), generate


@intrinsic
def coins_below(typing: Any, limit: Any, start: Any, stream: Any) -> Any:
    """`coins_within` for one LIMIT (uint8) that all 64 links share."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        block = ir.VectorType(_BYTE, _COINS)
        coins = builder.bitcast(_hashes(builder, arguments[1], arguments[2]), block)
        below = builder.icmp_unsigned("<=", coins, _every(builder, arguments[0], _BYTE, _COINS))
        return builder.bitcast(below, _LONG)

    return types.uint64(types.uint8, types.uint64, types.uint64), generate
