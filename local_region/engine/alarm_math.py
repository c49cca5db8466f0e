# SPDX-License-Identifier: GPL-3.0-or-later
"""Metric math: arithmetic over time series, with SUM, AVG, MIN, MAX, ABS, CEIL, FLOOR, FILL, IF and METRICS().

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html. The expression is turned into a
Python expression token by token and parsed by Python's own parser; only the nodes named here are ever carried out.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Value = float | None
Series = tuple[Value, ...]


class InvalidExpression(ValueError):
    """Not metric math. The message is one sentence for the user."""


class UnsupportedExpression(ValueError):
    """Metric math that the local region does not do. The message is one sentence for the user."""


@dataclass(frozen=True)
class Array:
    """Several time series: [m1, m2] or METRICS()."""

    series: tuple[Series, ...]


Operand = Value | Series | Array

_TOKEN = re.compile(
    r"\s+|(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<operator>&&|\|\||==|!=|<=|>=|[-+*/^<>(),\[\]])"
)
_PYTHON = {"&&": " and ", "||": " or ", "AND": " and ", "OR": " or ", "^": "**"}
_OPERATIONS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.And: lambda a, b: bool(a) and bool(b),
    ast.Or: lambda a, b: bool(a) or bool(b),
}
_AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "SUM": math.fsum,
    "AVG": lambda values: math.fsum(values) / len(values),
    "MIN": min,
    "MAX": max,
}
_EACH: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
FUNCTIONS = (*_AGGREGATES, *_EACH, "FILL", "IF", "METRICS")


class Expression:
    """A metric math expression. `names` are the ids that it refers to."""

    def __init__(self, text: str):
        """Raises InvalidExpression or UnsupportedExpression."""
        self.text = text
        self._metrics: frozenset[str] = frozenset()
        try:
            self._tree = ast.parse(_to_python(text), mode="eval").body
        except (SyntaxError, RecursionError, MemoryError):
            raise InvalidExpression(f"The expression {text!r} is not valid metric math.") from None
        self.names: set[str] = set()
        self.takes_all_metrics = False
        self._check(self._tree)

    def evaluate(self, series: Mapping[str, Series], metrics: Sequence[str]) -> Series | Array | Value:
        """The result over series of equal length; None is a period without data. `metrics` are METRICS()' ids.

        A datapoint is missing where an operand's is, and where the result is no finite number (a division by zero).
        Raises InvalidExpression for operands that do not go together.
        """
        return _Evaluator(series, metrics, self.text).value(self._tree)

    def _check(self, node: ast.expr) -> None:
        """Walks the whole tree once, so that what can't be carried out is known before anything is."""
        match node:
            case ast.Constant(value=int() | float()):
                parts = []
            case ast.Name(id=name):
                self.names.add(_plain(name))
                parts = []
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                parts = [operand]
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
                parts = [left, right]
            case ast.Compare(left=left, comparators=[right]):
                parts = [left, right]
            case ast.BoolOp(values=values):
                parts = values
            case ast.List(elts=parts) if parts:
                pass
            case ast.Call(func=ast.Name(id=name), args=parts):
                self._check_call(_plain(name), parts)
                if _plain(name) == "FILL":
                    parts = parts if not _is_name(parts[1], "REPEAT") else parts[:1]
            case _:
                raise InvalidExpression(f"The expression {self.text!r} is not valid metric math.")
        for part in parts:
            self._check(part)

    def _check_call(self, name: str, arguments: list[ast.expr]) -> None:
        if name not in FUNCTIONS:
            raise UnsupportedExpression(
                f"The local region does not compute {name}() of metric math; it has {', '.join(FUNCTIONS)}."
            )
        wanted = {"FILL": 2, "IF": 3, "METRICS": 0}.get(name, 1)
        if len(arguments) != wanted:
            raise InvalidExpression(f"{name}() takes {wanted} arguments, not {len(arguments)}, in {self.text!r}.")
        if name == "FILL" and _is_name(arguments[1], "LINEAR"):
            raise UnsupportedExpression("The local region does not fill gaps with LINEAR; it has numbers and REPEAT.")
        self.takes_all_metrics |= name == "METRICS"


class _Evaluator:
    def __init__(self, series: Mapping[str, Series], metrics: Sequence[str], text: str):
        self._series, self._metrics, self._text = series, metrics, text

    def value(self, node: ast.expr) -> Operand:
        match node:
            case ast.Constant(value=number):
                return _number(float, (number,), strict=True)
            case ast.Name(id=name):
                return self._series[_plain(name)]
            case ast.UnaryOp(op=op, operand=operand):
                sign = -1.0 if isinstance(op, ast.USub) else 1.0
                return self._combine(lambda a: sign * a, self.value(operand))
            case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._combine(_OPERATIONS[type(op)], self.value(left), self.value(right))
            case ast.BoolOp(op=op, values=[first, *others]):
                result = self.value(first)
                for other in others:
                    result = self._combine(_OPERATIONS[type(op)], result, self.value(other))
                return result
            case ast.List(elts=parts):
                return Array(tuple(self._one_series(self.value(part)) for part in parts))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(_plain(name), arguments)
        raise AssertionError(f"an unchecked node in {self._text!r}")

    def _call(self, name: str, arguments: list[ast.expr]) -> Operand:
        if name == "METRICS":
            return Array(tuple(self._series[one] for one in self._metrics))
        if name in _AGGREGATES:
            return _aggregate(_AGGREGATES[name], self.value(arguments[0]))
        if name in _EACH:
            return self._combine(_EACH[name], self.value(arguments[0]))
        if name == "IF":
            condition, then, otherwise = (self._one_or_number(self.value(one)) for one in arguments)
            return _choose(condition, then, otherwise)
        target = self.value(arguments[0])
        if _is_name(arguments[1], "REPEAT"):
            return _for_each_series(_repeat, target)
        return self._combine(lambda a, b: b if a is None else a, target, self.value(arguments[1]), strict=False)

    def _combine(self, function: Callable[..., float | None], *operands: Operand, strict: bool = True) -> Operand:
        """Applies a function number by number; `strict`: without a number, there is no result."""
        arrays = [one for one in operands if isinstance(one, Array)]
        if arrays:
            length = len(arrays[0].series)
            if any(len(one.series) != length for one in arrays):
                raise InvalidExpression(f"The arrays of {self._text!r} do not have the same number of time series.")
            rows = [one.series if isinstance(one, Array) else (one,) * length for one in operands]
            return Array(tuple(self._combine(function, *row, strict=strict) for row in zip(*rows, strict=True)))
        length = max((len(one) for one in operands if isinstance(one, tuple)), default=None)
        if length is None:
            return _number(function, operands, strict)
        columns = [one if isinstance(one, tuple) else (one,) * length for one in operands]
        return tuple(_number(function, row, strict) for row in zip(*columns, strict=True))

    def _one_series(self, value: Operand) -> Series:
        if not isinstance(value, tuple):
            raise InvalidExpression(f"A list in {self._text!r} holds something that is not a single time series.")
        return value

    def _one_or_number(self, value: Operand) -> Value | Series:
        if isinstance(value, Array):
            raise InvalidExpression(f"IF() in {self._text!r} takes single time series and numbers.")
        return value


def _number(function: Callable[..., float | None], operands: Sequence[Value], strict: bool) -> Value:
    if strict and any(one is None for one in operands):
        return None
    try:
        result = function(*operands)
    except (ZeroDivisionError, OverflowError):
        return None
    if result is None or isinstance(result, complex):
        return None
    return float(result) if math.isfinite(result) else None


def _aggregate(function: Callable[[Sequence[float]], float], value: Operand) -> Operand:
    """Of an array: the time series over its series at each time. Of one series: the number over all its times."""
    rows = zip(*value.series, strict=True) if isinstance(value, Array) else None
    if rows is not None:
        return tuple(_of_known(function, row) for row in rows)
    return _of_known(function, value) if isinstance(value, tuple) else value


def _of_known(function: Callable[[Sequence[float]], float], values: Sequence[Value]) -> Value:
    known = [one for one in values if one is not None]
    return float(function(known)) if known else None


def _for_each_series(function: Callable[[Series], Series], value: Operand) -> Operand:
    if isinstance(value, Array):
        return Array(tuple(function(one) for one in value.series))
    return function(value) if isinstance(value, tuple) else value


def _repeat(series: Series) -> Series:
    """Missing datapoints become the last one before them."""
    filled, last = [], None
    for value in series:
        last = last if value is None else value
        filled.append(last)
    return tuple(filled)


def _choose(condition: Value | Series, then: Value | Series, otherwise: Value | Series) -> Value | Series:
    """IF(): `then` wherever the condition is not zero. Where the condition is missing, so is the result."""
    lengths = [len(one) for one in (condition, then, otherwise) if isinstance(one, tuple)]
    if not lengths:
        return None if condition is None else (then if condition else otherwise)
    columns = [one if isinstance(one, tuple) else (one,) * lengths[0] for one in (condition, then, otherwise)]
    return tuple(None if c is None else (a if c else b) for c, a, b in zip(*columns, strict=True))


def _to_python(text: str) -> str:
    """The expression as Python's. Names get a prefix, as some are words of Python."""
    parts, position = [], 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found:
            if text[position] in "'\"":
                raise UnsupportedExpression(
                    'The local region does not do SEARCH, METRICS("text") or other metric math with text in quotes.'
                )
            raise InvalidExpression(
                f"The expression {text!r} has a character that metric math has not: {text[position]!r}."
            )
        token = found[0]
        name = found["name"]
        parts.append(_PYTHON.get(token) or (f"v_{name}" if name else token))
        position = found.end()
    return "".join(parts).strip()


def _plain(name: str) -> str:
    return name.removeprefix("v_")


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and _plain(node.id) == name
