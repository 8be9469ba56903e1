"""The parts that a declarative game is put together from, by name: `r1(gamma=1)` on a command line is `r1(gamma=1.0)`.

A part is made by a function or class with typed arguments that is registered under a kind (objective, penalty, prior,
view, constraint, term, condition). Whatever takes a part takes its text as well, so every slot of a declarative recipe
can be set from a command line and written into `config.json`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

from rivals import options
from rivals.errors import UsageError

_registry: dict[str, dict[str, Callable[..., Any]]] = {}
_ROOMS = ("objectives", "penalties", "constraints", "priors", "views", "terms", "conditions")

Factory = TypeVar("Factory", bound=Callable[..., Any])


def part(kind: str, name: str | None = None) -> Callable[[Factory], Factory]:
    """Register a factory of parts under its own name, or under `name`."""

    def register(factory: Factory) -> Factory:
        _registry.setdefault(kind, {})[name or factory.__name__] = factory
        return factory

    return register


def names(kind: str) -> list[str]:
    """The registered parts of a kind."""
    for room in _ROOMS:
        import_module(f"rivals.{room}")
    return sorted(_registry.get(kind, {}))


def make(kind: str, text: str) -> Any:
    """Make one part from its text: `hinge`, `r1(gamma=10)`.

    Raises:
        UsageError: for text that is not such a call, an unknown name, or arguments that the part does not take.
    """
    return _build(kind, _parsed(kind, text).body)


def make_all(kind: str, text: str) -> list[Any]:
    """Make the parts of a list, `[r1(gamma=1), r2(gamma=1)]`; one alone is a list of one, `[]` none.

    Raises:
        UsageError: as `make`.
    """
    body = _parsed(kind, text).body
    nodes = body.elts if isinstance(body, ast.List | ast.Tuple) else [body]
    return [_build(kind, node) for node in nodes]


def _parsed(kind: str, text: str) -> ast.Expression:
    try:
        return ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise UsageError(f"{text[:80]!r} is not a {kind}: write a name, or a call such as name(option=1)") from None


def _build(kind: str, node: ast.expr) -> Any:
    call = node if isinstance(node, ast.Call) else ast.Call(node, [], [])
    if not isinstance(call.func, ast.Name):
        raise UsageError(f"'{ast.unparse(node)}' is not a {kind}: write a name, or a call such as name(option=1)")
    name = call.func.id
    if name not in names(kind):
        known = names(kind)
        raise UsageError(
            f"there is no {kind} '{name}'{options.did_you_mean(name, known)}; there are {', '.join(known)}"
        )
    factory = _registry[kind][name]
    known_options = options.signature(factory)
    given = dict(zip(known_options, (options.literal(ast.unparse(a)) for a in call.args), strict=False))
    given |= {k.arg: options.literal(ast.unparse(k.value)) for k in call.keywords if k.arg}
    if len(call.args) > len(known_options):
        raise UsageError(f"{kind} {name} takes {options.listed(known_options)}, not {len(call.args)} values")
    checked = options.check(f"{kind} {name}", given, known_options)
    missing = [k for k, (_, default) in known_options.items() if default is options.REQUIRED and k not in checked]
    if missing:
        raise UsageError(f"{kind} {name} needs {', '.join(missing)}: write {name}({missing[0]}=…)")
    return factory(**checked)
