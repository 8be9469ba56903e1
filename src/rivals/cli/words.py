"""Words that a shell completes, found without importing torch."""

from __future__ import annotations

import ast
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"


def recipes(incomplete: str) -> list[str]:
    """Ids of recipes."""
    from rivals.catalog import entries

    return [id for id in entries() if id.startswith(incomplete)]


def data(incomplete: str) -> list[str]:
    """Names of data, words of readers with their colon, and paths (behind such a word, too)."""
    readers = [f"{word}:" for word in _names(DATA / "readers" / "__init__.py")]
    known = [word for word in [*_keys(DATA / "named.py", "NAMED"), *readers] if word.startswith(incomplete)]
    before, colon, path = incomplete.rpartition(":")
    if colon and f"{before}:" not in readers:
        return known
    there = Path(path) if path.endswith("/") else Path(path).parent
    shown = path[: path.rfind("/") + 1]
    try:
        found = [f"{p.name}/" if p.is_dir() else p.name for p in sorted(there.iterdir()) if not p.name.startswith(".")]
    except OSError:
        return known
    return known + [f"{before}{colon}{shown}{name}" for name in found if f"{shown}{name}".startswith(path)]


def recipes_and_data(incomplete: str) -> list[str]:
    """Either of the two."""
    return recipes(incomplete) + data(incomplete)


def judges(incomplete: str) -> list[str]:
    """Names of judges that are shipped, and of those by reference."""
    metrics = Path(__file__).parents[1] / "metrics"
    shipped = sorted(path.stem for path in (metrics / "weights").glob("*.safetensors"))
    known = [*shipped, *_keys(metrics / "judges" / "references.py", "REFERENCES")]
    return [name for name in known if name.startswith(incomplete)]


def pictures(incomplete: str) -> list[str]:
    """Names of pictures of what a trained model can do."""
    known = _keys(Path(__file__).parents[1] / "pictures" / "shown.py", "PICTURES")
    return [name for name in known if name.startswith(incomplete)]


def attacks(incomplete: str) -> list[str]:
    """Names of attacks: the first argument of every `@attack`, and those on sentences and speech."""
    package = Path(__file__).parents[1]
    known = [name for kind in ("words", "speech") for name in _keys(package / f"attacking_{kind}.py", "METHODS")]
    for file in sorted((package / "attacks").glob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            for call in getattr(node, "decorator_list", []):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "attack":
                    known.append(ast.literal_eval(call.args[0]))
    return [name for name in known if name.startswith(incomplete)]


def defences(incomplete: str) -> list[str]:
    """Names of defences of `rivals defend`."""
    known = _keys(Path(__file__).parents[1] / "defending.py", "METHODS")
    return [name for name in known if name.startswith(incomplete)]


def suites(incomplete: str) -> list[str]:
    """Names of suites of `rivals bench`."""
    known = _keys(Path(__file__).parents[1] / "benchmark" / "suites.py", "SUITES")
    return [name for name in known if name.startswith(incomplete)]


def experiments(incomplete: str) -> list[str]:
    """Names of experiments of `rivals lab`."""
    from rivals.lab.experiment import entries

    return [name for name in entries() if name.startswith(incomplete)]


def loggers(incomplete: str) -> list[str]:
    """Names of loggers."""
    known = _keys(Path(__file__).parents[1] / "loggers.py", "LOGGERS")
    return [name for name in [*known, "none"] if name.startswith(incomplete)]


def _keys(file: Path, name: str) -> list[str]:
    """The keys of a dictionary that a module assigns to a name."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        target = (
            node.target
            if isinstance(node, ast.AnnAssign)
            else node.targets[0]
            if isinstance(node, ast.Assign)
            else None
        )
        value = node.value if isinstance(node, ast.AnnAssign | ast.Assign) else None
        if target is not None and ast.unparse(target) == name and isinstance(value, ast.Dict):
            return [key.value for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    return []


def _names(file: Path) -> list[str]:
    """The first arguments of a module's calls of `Reader`."""
    calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    firsts = [call.args[0] for call in calls if ast.unparse(call.func) == "Reader" and call.args]
    return [first.value for first in firsts if isinstance(first, ast.Constant) and isinstance(first.value, str)]
