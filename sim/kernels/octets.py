"""Eight numbers side by side: what a processor does at once, written as if it were one.

`Reals` are eight float64, `Words` eight uint64; `+ - * /`, `^ & | >>` and comparisons work lane by lane, a single
number stands for eight equal ones.  A comparison gives a uint64 with a bit for each lane that holds.  Every operation
is the IEEE or integer one of a single number, in program order, so the bits are those of a plain loop, on any
processor: without wide registers LLVM takes the lanes apart.  Only inside kernels; reads and writes are unchecked, the
caller pads its arrays to a multiple of LANES.
"""

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

from sim.kernels import draws
from sim.kernels.compiled import brief

LANES = 8
_BIT, _BYTE, _WORD, _LONG = (ir.IntType(width) for width in (1, 8, 32, 64))
_REAL = ir.DoubleType()
_1, _12, _27, _30, _31, _32 = (np.uint64(number) for number in (1, 12, 27, 30, 31, 32))
_LOW = np.uint64(0xFFFFFFFF)


class Lanes(types.Type):
    """Eight of ELEMENT; SINGLE is Numba's type of one."""

    element: ir.Type
    single: Any


class Reals(Lanes):
    """Eight float64."""

    element, single = _REAL, types.float64


class Words(Lanes):
    """Eight uint64."""

    element, single = _LONG, types.uint64


REALS, WORDS = Reals("octets.REALS"), Words("octets.WORDS")  # named as `signatures` finds them


class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.VectorType(kind.element, LANES))


register_model(Reals)(_Model)
register_model(Words)(_Model)


def _eight(builder: Any, value: Any, kind: Any, wanted: Lanes) -> Any:
    """VALUE of KIND as eight lanes."""
    if isinstance(kind, Lanes):
        return value
    nothing = ir.Constant(ir.VectorType(wanted.element, LANES), ir.Undefined)
    one = builder.insert_element(nothing, value, _WORD(0))
    return builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(_WORD, LANES), None))


def _marks(builder: Any, bits: Any) -> Any:
    """The lanes of a uint64's lowest eight bits."""
    return builder.bitcast(builder.trunc(bits, _BYTE), ir.VectorType(_BIT, LANES))


def _define(symbol: Any, of: Lanes, result: Any, make: Any) -> None:
    """SYMBOL of two OF, or of one and a single number."""

    def typed(context: Any) -> Any:
        def typer(a: Any, b: Any) -> Any:
            return result if of in (a, b) and {a, b} <= {of, of.single} else None

        return typer

    type_callable(symbol)(typed)
    for kinds in ((of, of), (of, of.single), (of.single, of)):

        def lowered(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a, b = (_eight(builder, x, kind, of) for x, kind in zip(arguments, signature.args, strict=True))
            return make(builder, a, b)

        lower_builtin(symbol, *kinds)(lowered)


def _compared(how: str, name: str) -> Any:
    def make(builder: Any, a: Any, b: Any) -> Any:
        return builder.zext(builder.bitcast(getattr(builder, name)(how, a, b), _BYTE), _LONG)

    return make


def _done(name: str) -> Any:
    def make(builder: Any, a: Any, b: Any) -> Any:
        return getattr(builder, name)(a, b)

    return make


for _symbol, _real, _word in (
    (operator.add, "fadd", "add"),
    (operator.sub, "fsub", "sub"),
    (operator.mul, "fmul", "mul"),
    (operator.truediv, "fdiv", ""),
    (operator.xor, "", "xor"),
    (operator.and_, "", "and_"),
    (operator.or_, "", "or_"),
    (operator.rshift, "", "lshr"),
):
    if _real:
        _define(_symbol, REALS, REALS, _done(_real))
    if _word:
        _define(_symbol, WORDS, WORDS, _done(_word))
for _symbol, _how in ((operator.lt, "<"), (operator.le, "<="), (operator.ge, ">="), (operator.eq, "==")):
    _define(_symbol, REALS, types.uint64, _compared(_how, "fcmp_ordered"))
    _define(_symbol, WORDS, types.uint64, _compared(_how, "icmp_unsigned"))


def _widened(builder: Any, value: Any, dtype: Any) -> tuple[Any, Lanes]:
    """Lanes of DTYPE as eight float64 or uint64."""
    if isinstance(dtype, types.Float):
        return value, REALS
    if dtype.bitwidth < 64:
        value = (builder.sext if dtype.signed else builder.zext)(value, ir.VectorType(_LONG, LANES))
    return value, WORDS


def _kind(dtype: Any) -> Any:
    return REALS if isinstance(dtype, types.Float) else WORDS


@intrinsic
def load(typing: Any, array: Any, at: Any) -> Any:
    """ARRAY[at:at + 8] (float64, or integers that are widened); at uint64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(array)(context, builder, arguments[0]).data
        row = ir.VectorType(data.type.pointee, LANES)
        value = builder.load(builder.bitcast(builder.gep(data, [arguments[1]]), row.as_pointer()))
        value.align = array.dtype.bitwidth // 8
        return _widened(builder, value, array.dtype)[0]

    return _kind(array.dtype)(array, types.uint64), generate


@intrinsic
def store(typing: Any, array: Any, at: Any, lanes: Any) -> Any:
    """Write LANES to ARRAY[at:at + 8] (float64, or integers that are cut); at uint64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(array)(context, builder, arguments[0]).data
        row = ir.VectorType(data.type.pointee, LANES)
        value = arguments[2]
        if lanes == WORDS and array.dtype.bitwidth < 64:
            value = builder.trunc(value, row)
        written = builder.store(value, builder.bitcast(builder.gep(data, [arguments[1]]), row.as_pointer()))
        written.align = array.dtype.bitwidth // 8
        return context.get_dummy_value()

    return types.void(array, types.uint64, lanes), generate


@intrinsic
def gather(typing: Any, array: Any, items: Any) -> Any:
    """ARRAY[item] for eight ITEMS (Words)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(array)(context, builder, arguments[0]).data
        element = data.type.pointee
        row = ir.VectorType(element, LANES)
        base = _eight(builder, builder.ptrtoint(data, _LONG), types.uint64, WORDS)
        size = ir.Constant(ir.VectorType(_LONG, LANES), [array.dtype.bitwidth // 8] * LANES)
        places = ir.VectorType(ir.PointerType(element), LANES)
        where = builder.inttoptr(builder.add(base, builder.mul(arguments[1], size)), places)
        all_lanes = ir.VectorType(_BIT, LANES)
        name = f"llvm.masked.gather.v8{'f64' if element == _REAL else f'i{element.width}'}.v8p0"
        shape = ir.FunctionType(row, [places, _WORD, all_lanes, row])
        read = cgutils.get_or_insert_function(builder.module, shape, name)
        align = _WORD(array.dtype.bitwidth // 8)
        every = ir.Constant(all_lanes, [1] * LANES)
        value = builder.call(read, [where, align, every, ir.Constant(row, ir.Undefined)])
        return _widened(builder, value, array.dtype)[0]

    return _kind(array.dtype)(array, items), generate


@intrinsic
def reals(typing: Any, words: Any) -> Any:
    """Words as Reals; exact up to 2^53."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.uitofp(arguments[0], ir.VectorType(_REAL, LANES))

    return REALS(words), generate


@intrinsic
def whole(typing: Any, numbers: Any) -> Any:
    """Reals >= 0 and below 2^63, rounded down, as Words."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fptosi(arguments[0], ir.VectorType(_LONG, LANES))

    return WORDS(numbers), generate


@intrinsic
def counting(typing: Any) -> Any:
    """0, 1, ..., 7 (Words)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return ir.Constant(ir.VectorType(_LONG, LANES), list(range(LANES)))

    return WORDS(), generate


@intrinsic
def lane(typing: Any, words: Any, k: Any) -> Any:
    """Number K (uint64) of Words, as int64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.extract_element(*arguments)

    return types.int64(words, types.uint64), generate


@intrinsic
def select(typing: Any, marks: Any, yes: Any, no: Any) -> Any:
    """YES where MARKS (a bit per lane, uint64) says so, else NO."""
    of = yes if isinstance(yes, Lanes) else no

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b = (_eight(builder, x, kind, of) for x, kind in zip(arguments[1:], (yes, no), strict=True))
        return builder.select(_marks(builder, arguments[0]), a, b)

    return of(types.uint64, yes, no), generate


@brief
def mix(x):
    """`draws.mix` of Words."""
    x = (x ^ (x >> _30)) * draws._MULTIPLY_1
    x = (x ^ (x >> _27)) * draws._MULTIPLY_2
    return x ^ (x >> _31)


@brief
def bits(stream, items):
    """`draws.bits` of eight ITEMS (Words) in STREAM (uint64)."""
    return mix((items + _1) * draws.GOLDEN + stream)


@brief
def uniform(random):
    """`draws.uniform` of Words."""
    return (reals(random >> _12) + 0.5) * draws._UNIT_52


@brief
def high(random):
    """`draws.high` of Words."""
    return (reals(random >> _32) + 0.5) * draws._UNIT_32


@brief
def low(random):
    """`draws.low` of Words."""
    return (reals(random & _LOW) + 0.5) * draws._UNIT_32
