"""Arithmetic, which models are bad at. Nothing is run: an evaluator walks the expression, and knows only what stands here."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field
from simpleeval import SimpleEval  # type: ignore[import-untyped]

from .base import ToolError
from .functions import tool

Number = int | float
LONGEST = 500
# So that no number takes longer than a moment to reckon with, or to read.
MOST_BITS = 8192
MOST_FACTORIAL = 500

Expression = Annotated[
    str, Field(description="For instance (3.5 + 2) * sqrt(2) ** 3.", min_length=1, max_length=LONGEST)
]


@tool()
def calculator(expression: Expression) -> str:
    """Computes an arithmetic expression exactly: + - * / // % ** and parentheses; the constants pi, e and tau; the
    functions sqrt, cbrt, exp, log (with a base as second argument), log2, log10, sin, cos, tan, asin, acos, atan, degrees,
    radians, factorial, comb, perm, gcd, lcm, abs, round, floor, ceil, min, max. Angles are in radians."""
    evaluator = SimpleEval(operators=OPERATORS, functions=FUNCTIONS, names=NAMES)
    del evaluator.nodes[ast.Attribute]
    try:
        written = expression.strip().replace("^", "**").replace("×", "*").replace("÷", "/")
        value = evaluator.eval(written, ast.parse(written, mode="eval").body)
    except ToolError:
        raise
    except Exception as error:
        raise ToolError(f"This cannot be computed: {_first_line(error)}") from error
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ToolError("This is no number. Give an arithmetic expression.")
    return f"{expression} = {value}"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__


def _numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which takes nothing but real numbers of a bearable size and gives no others."""

    def checked(*operands: Any) -> Any:
        return _bearable(function(*map(_bearable, operands)))

    return checked


def _bearable(value: Any) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ToolError("Only real numbers can be computed with.")
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise ToolError("A number in this is too large.")
    return value


def _power(base: Number, exponent: Number) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > MOST_BITS:
        raise ToolError("The power is too large. Use a decimal point for an approximate result.")
    return base**exponent


def _factorial(number: int) -> int:
    return math.factorial(_at_most(number))


def _comb(total: int, chosen: int) -> int:
    return math.comb(_at_most(total), chosen)


def _perm(total: int, chosen: int) -> int:
    return math.perm(_at_most(total), chosen)


def _at_most(number: int) -> int:
    if number > MOST_FACTORIAL:
        raise ToolError(f"This function goes up to {MOST_FACTORIAL}.")
    return number


OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: _numbers(operator.add),
    ast.Sub: _numbers(operator.sub),
    ast.Mult: _numbers(operator.mul),
    ast.Div: _numbers(operator.truediv),
    ast.FloorDiv: _numbers(operator.floordiv),
    ast.Mod: _numbers(operator.mod),
    ast.Pow: _numbers(_power),
    ast.USub: _numbers(operator.neg),
    ast.UAdd: _numbers(operator.pos),
}
NAMES = {"pi": math.pi, "e": math.e, "tau": math.tau}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: _numbers(getattr(math, name))
    for name in (
        *("sqrt", "cbrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan"),
        *("degrees", "radians", "gcd", "lcm", "floor", "ceil"),
    )
} | {
    name: _numbers(function)
    for name, function in (
        *(("abs", abs), ("round", round), ("min", min), ("max", max)),
        *(("factorial", _factorial), ("comb", _comb), ("perm", _perm)),
    )
}
