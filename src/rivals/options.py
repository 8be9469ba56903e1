"""Typed options: text from a command line, checked against the signature of what it configures."""

from __future__ import annotations

import ast
import difflib
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, Union, get_args, get_origin

from rivals.errors import RivalsError, UsageError, told

REQUIRED = inspect.Parameter.empty
"""The default of an option that must be given."""

LARGEST = 2**31
"""A number in an option is at most this: beyond it sizes overflow."""

UNUSABLE = (ValueError, TypeError, ArithmeticError, LookupError, RuntimeError, AssertionError, MemoryError)
"""What code raises for values that it cannot use."""


def parse(pairs: Iterable[str]) -> dict[str, Any]:
    """Read `key=value` texts; a value is a Python literal where it is one, else the text itself.

    Raises:
        UsageError: for a text without `=`, or a key given twice.
    """
    options: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        key = key.strip().replace("-", "_")
        if not equals or not key:
            raise UsageError(f"'{pair}' is not key=value")
        if key in options:
            raise UsageError(f"option '{key}' is given twice")
        options[key] = literal(text)
    return options


def literal(text: str) -> Any:
    """A Python literal (numbers, tuples, None, true, false), else the text."""
    words = {"true": True, "false": False, "none": None}
    if text.strip().lower() in words:
        return words[text.strip().lower()]
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def share(name: str) -> Callable[[Any], float]:
    """What makes the value of an option that is a number in [0, 1]."""

    def make(value: Any) -> float:
        try:
            number: float = exact(value, float)
        except TypeError:
            number = -1.0
        if not 0 <= number <= 1:
            raise UsageError(f"{name} must be a number from 0 to 1, not {value!r}")
        return number

    return make


def signature(function: Callable[..., Any], skip: int = 0) -> dict[str, tuple[Any, Any]]:
    """Option name -> (annotation, default) of a function's parameters after the first `skip`."""
    hints = typing.get_type_hints(function.__init__ if inspect.isclass(function) else function)
    parameters = list(inspect.signature(function).parameters.values())[skip:]
    return {p.name: (hints.get(p.name, Any), p.default) for p in parameters}


def check(owner: str, given: Mapping[str, Any], known: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """The given options with their types made exact (2 becomes 2.0 for a float).

    Raises:
        UsageError: for an unknown key or a value of another type, naming what would be right.
    """
    checked = {}
    for key, value in given.items():
        if key not in known:
            raise UsageError(f"{owner} has no option '{key}'{did_you_mean(key, known)}; it takes {listed(known)}")
        annotation, _ = known[key]
        try:
            checked[key] = exact(value, annotation)
        except TypeError:
            raise UsageError(f"{owner}: option '{key}' must be {spelled(annotation)}, not {_short(value)}") from None
        if wrong := [x for x in _numbers(value) if not abs(x) <= LARGEST]:
            raise UsageError(
                f"{owner}: option '{key}' is {_short(wrong[0])}: "
                f"a number must be finite, and at most {LARGEST:,} in size"
            )
    return checked


@contextmanager
def blamed(what: str, given: Mapping[str, Any]) -> Iterator[None]:
    """Say in one sentence with which values the code inside could not work; what it raised stays the cause.

    Args:
        what: that failed, as a sentence begins.
        given: name -> value.

    Raises:
        UsageError: instead of what code raises for values that it cannot use.
    """
    try:
        yield
    except RivalsError:
        raise
    except OSError as error:
        raise RivalsError(f"{what}: {told(error)}") from error
    except UNUSABLE as error:
        values = ", ".join(f"{key}={_short(value)}" for key, value in given.items()) or "the defaults"
        if _starved(error):
            raise UsageError(
                f"{what} with {values}: the memory is full; give smaller sizes or a smaller batch"
            ) from error
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), "") or type(error).__name__
        raise UsageError(
            f"{what} with {values}: {reason[:200]}; give other values (RIVALS_DEBUG=1 shows where it happens)"
        ) from error


def described(config: Mapping[str, Any]) -> tuple[str, int, dict[str, Any], dict[str, Any]]:
    """Recipe, seed, options and data of a stored config.

    Raises:
        RivalsError: where one of them is missing, or something else.
    """
    try:
        stored, seed, options, data = (config[key] for key in ("recipe", "seed", "options", "data"))
        clash = {"name", "data", "seed"} & options.keys()
        if clash or not (isinstance(stored, str) and isinstance(seed, int) and isinstance(data, dict)):
            raise TypeError(f"its {', '.join(sorted(clash)) or 'recipe, seed or data'} cannot be that")
    except (KeyError, TypeError, AttributeError) as error:
        raise RivalsError(
            f"config.json describes no game ({error}): it is damaged, or not written by rivals"
        ) from error
    return stored, seed, options, data


def _starved(error: BaseException) -> bool:
    words = ("can't allocate memory", "out of memory", "not enough memory")
    return isinstance(error, MemoryError) or any(word in str(error).lower() for word in words)


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # of an integer with thousands of digits
        text = "a huge number"
    return text if len(text) <= 80 else f"{text[:77]}…"


def _numbers(value: Any) -> Iterator[int | float]:
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _numbers(each)


def exact(value: Any, annotation: Any) -> Any:
    """The value as the annotation's type.

    Raises:
        TypeError: where it is not of that type.
    """
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation is Any or (annotation is None and value is None):
        return value
    if origin is Literal and value in args:
        return value
    if origin is Literal and value is None and "none" in args:  # a shell has one spelling for both
        return "none"
    if origin in (Union, types.UnionType):
        if value is None and type(None) in args:
            return None
        for option in args:
            try:
                return exact(value, option)
            except TypeError:
                continue
    if annotation == tuple[str, ...] and isinstance(value, str):  # a,b at a shell
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if origin is tuple and isinstance(value, tuple | list):
        kinds = [args[0]] * len(value) if args[-1] is Ellipsis else list(args)
        if len(kinds) == len(value):
            return tuple(exact(v, k) for v, k in zip(value, kinds, strict=True))
    if annotation is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if annotation is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if annotation in (bool, str, type(None)) and isinstance(value, annotation):
        return value
    raise TypeError


def spelled(annotation: Any) -> str:
    """An annotation as a person would write it."""
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(map(repr, get_args(annotation)))
    return annotation.__name__ if inspect.isclass(annotation) and not get_args(annotation) else str(annotation)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The nearest known word as the tail of a sentence, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean '{near[0]}'?" if near else ""


def listed(known: Iterable[str]) -> str:
    """Names joined for a sentence."""
    return ", ".join(known) or "none"
