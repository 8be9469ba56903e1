"""Typed options: text from a command line, checked against the signature of what it configures."""

from __future__ import annotations

import ast
import difflib
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Union, get_args, get_origin

from rivals.errors import UsageError

REQUIRED = inspect.Parameter.empty
"""The default of an option that must be given."""


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
    except (ValueError, SyntaxError):
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
            raise UsageError(f"{owner}: option '{key}' must be {spelled(annotation)}, not {value!r}") from None
    return checked


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
    if origin in (Union, types.UnionType):
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
