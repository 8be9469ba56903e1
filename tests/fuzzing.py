"""Bad input of every kind, from a seed: what test_fuzz.py tries a little of, and benchmarks/fuzz.py for minutes."""

from __future__ import annotations

import gzip
import io
import json
import random
import resource
import shutil
import signal
import types
import typing
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np
from hypothesis import strategies as st
from PIL import Image

import rivals
from rivals import contract, registry, training
from rivals.catalog import Entry
from rivals.data import named
from rivals.errors import Interrupted, NonFinite, RivalsError, UsageError
from rivals.store.folder import RunFolder

PATIENCE, SLEEP = 20, 600
"""Seconds of the processor, and by the clock, after which one input counts as a hang."""
MEMORY = 3 * 2**30
"""Bytes that an input may take beyond what the process has."""


class Hang(BaseException):
    """An input took longer than `PATIENCE`; nothing may catch it."""


@contextmanager
def guarded() -> Iterator[None]:
    """Inside, a hang ends, and memory beyond `MEMORY` is refused."""

    def ring(number: int, frame: Any) -> None:
        raise Hang(f"longer than {PATIENCE} seconds of the processor, or {SLEEP} by the clock")

    before = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    old = {number: signal.signal(number, ring) for number in (signal.SIGALRM, signal.SIGPROF)}
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, before[1]))
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    signal.alarm(SLEEP)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, before)
        for number, handler in old.items():
            signal.signal(number, handler)


def sentence(error: RivalsError) -> str:
    """The error's text, which is one line that a person can read.

    Raises:
        AssertionError: where it is not.
    """
    told = str(error)
    assert told.strip(), f"{type(error).__name__} says nothing"
    assert "\n" not in told.strip(), f"more than one line: {told[:200]!r}"
    assert len(told) < 1500, f"{len(told)} characters: {told[:200]!r}"
    return told


# ---- options of recipes ----------------------------------------------------------------------------------------------

EDGES: dict[Any, st.SearchStrategy[Any]] = {
    int: st.sampled_from((0, 1, -1, 2, 3, 5, 8, 10**12, -(10**12))),
    float: st.sampled_from((0.0, -1.0, 1e-3, 0.5, 1.0, 2.0, 100.0, 1e300, float("inf"), float("nan"))),
    bool: st.booleans(),
    str: st.sampled_from(("", "nonsense", "gan", "hinge", "none", "ada(", "a=1", "../x")),
    type(None): st.none(),
}
WRONG = st.sampled_from((None, "text", -1, 1.5, (), (1, "a"), True, {}, [[[]]]))


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Values of an option's type, its edges above all."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return st.sampled_from((*args, "nonsense"))
    if origin in (Union, types.UnionType):
        return st.one_of(*map(values, args))
    if origin is tuple and args[-1] is Ellipsis:
        return st.lists(values(args[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, args))
    return EDGES.get(annotation, WRONG)


def settings_of(entry: Entry) -> st.SearchStrategy[dict[str, Any]]:
    """Options of a recipe over those of its tiny copy: one to three edges, now and then one of another type."""
    known = {name: values(kind) for name, (kind, _) in registry.options_of(entry).items()}
    slots = sorted(getattr(typing.get_type_hints(entry.load()).get("return"), "slots", {}))
    known |= {name: st.one_of(EDGES[str], EDGES[int], WRONG) for name in slots if name not in known}
    if not known:
        return st.just(dict(entry.tiny))
    pairs = st.sampled_from(sorted(known)).flatmap(
        lambda name: st.tuples(st.just(name), st.one_of(known[name], known[name], known[name], WRONG))
    )
    return st.lists(pairs, min_size=1, max_size=3).map(lambda chosen: {**entry.tiny, **dict(chosen)})


class _Three(training.Progress):
    """Stops a run after three steps."""

    def stepped(self, run: Any) -> None:
        if run.counters.step >= 3:
            run.stop()


def trained(entry: Entry, given: dict[str, Any], place: Path, batch: int = 8) -> str:
    """Train for three steps as the command does: "played", or the sentence that refused it.

    Raises:
        Exception: whatever else comes: then something is to be mended.
    """
    run = place / "run"
    data = contract.SMALL[entry.data[0]][0]
    try:
        with guarded():
            rivals.train(entry.name, data, steps=3, batch=batch, out=run, progress=_Three(), **given)
    except (Interrupted, NonFinite):
        pass  # a training may diverge: that is no misuse, and the run says so
    except UsageError as error:
        return sentence(error)
    finally:
        shutil.rmtree(run, ignore_errors=True)
    return "played"


# ---- damaged files ---------------------------------------------------------------------------------------------------


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Some bytes flipped, cut, doubled, or replaced by numbers that overflow."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(6):
            case 0 if out:
                out[at % len(out)] ^= 1 << rng.randrange(8)
            case 1:
                del out[at:]
            case 2:
                out[at:at] = out[at : at + rng.randrange(64)]
            case 3:
                out[at : at + 4] = rng.choice(
                    (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f")
                )
            case 4:
                out[at:at] = rng.randbytes(rng.randrange(1, 16))
            case _:
                del out[at : at + rng.randrange(32)]
    return bytes(out)


ATOMS: tuple[Any, ...] = (None, True, 0, -1, 1, 3, 10**9, 10**400, 0.5, float("nan"), "", "x", "points", [], {}, [[1]])


def mutated_json(tree: Any, rng: random.Random) -> Any:
    """A JSON tree with one node replaced, lost, or nested deeply."""
    if isinstance(tree, dict) and tree and rng.random() < 0.8:
        key = rng.choice(sorted(tree))
        if rng.random() < 0.15:
            return {k: v for k, v in tree.items() if k != key}
        return {**tree, key: mutated_json(tree[key], rng)}
    if isinstance(tree, list) and tree and rng.random() < 0.7:
        at = rng.randrange(len(tree))
        return [*tree[:at], mutated_json(tree[at], rng), *tree[at + 1 :]]
    if rng.random() < 0.05:
        return "~deep~"
    return rng.choice(ATOMS)


def _text(tree: Any) -> bytes:
    return json.dumps(tree).replace('"~deep~"', "[" * 100_000 + "]" * 100_000).encode()


def _picture(rng: random.Random, ending: str) -> bytes:
    file = io.BytesIO()
    mode = rng.choice(("L", "RGB", "RGBA", "P", "I;16", "1", "LA"))
    picture = Image.fromarray(np.random.default_rng(rng.randrange(99)).integers(0, 255, (9, 8, 3), np.uint8))
    picture = picture.convert(mode if mode not in ("LA", "I;16") or ending == "png" else "RGB")
    picture = picture.convert("RGB") if ending == "jpg" else picture
    picture.save(file, {"jpg": "JPEG", "tif": "TIFF"}.get(ending, ending.upper()))
    return file.getvalue()


PICTURES = ("png", "jpg", "gif", "bmp", "tif", "webp")


def _folder(rng: random.Random, place: Path) -> Callable[[], object]:
    for i in range(3):
        ending = rng.choice(PICTURES)
        data = _picture(rng, ending)
        (place / f"{i}.{ending}").write_bytes(mutated(data, rng) if rng.random() < 0.8 else data)
    if rng.random() < 0.3:
        (place / "dataset.json").write_bytes(_text(mutated_json({"labels": [["0.png", 0], ["1.png", 1]]}, rng)))
    if rng.random() < 0.2:
        (place / "captions.json").write_bytes(_text(mutated_json({"0.png": ["a dog"], "1.png": "two"}, rng)))
        return lambda: named.load(f"captions:{place}")
    return lambda: named.load(f"images:{place}", **rng.choice(({}, {"size": 4}, {"bits": 16}, {"channels": "rgba"})))


def _zip(rng: random.Random, place: Path) -> Callable[[], object]:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as packed:
        for i in range(3):
            packed.writestr(rng.choice(("", "a/", "b/", "../", "/")) + f"{i}.png", _picture(rng, "png"))
    (place / "x.zip").write_bytes(mutated(file.getvalue(), rng))
    return lambda: named.load(str(place / "x.zip"))


WORDS = ("points", "images", "graph", "voxels", "cloud", "tokens", "series", "music", "video", "trajectories")


def _arrays(rng: random.Random, place: Path) -> Callable[[], object]:
    file, draw = io.BytesIO(), np.random.default_rng(rng.randrange(99))
    arrays: dict[str, Any] = rng.choice((
        {"x": draw.normal(size=(12, 2))},
        {"x": draw.integers(0, 255, (12, 8, 8), np.uint8), "labels": np.arange(12)},
        {"x": draw.integers(0, 5, (12, 6)), "labels": np.array([object()] * 12)},
        {"states": draw.normal(size=(12, 4)), "actions": draw.integers(0, 2, 12)},
        {"x": draw.normal(size=(12, 6, 3)).astype(">f4")},
        {"x": draw.integers(0, 2, (4, 4, 4, 4)).astype(bool)},
        {"x": np.array(["a", "b"]), "labels": draw.normal(size=2)},
        {"adj_data": np.ones(4), "adj_indices": np.arange(4), "adj_indptr": np.arange(5), "adj_shape": [4, 4]},
    ))  # fmt: skip
    if rng.random() < 0.5:
        np.savez(file, **arrays, allow_pickle=True) if rng.random() < 0.1 else np.savez_compressed(file, **arrays)
        name = "x.npz"
    else:
        np.save(file, next(iter(arrays.values())))
        name = "x.npy"
    data = file.getvalue()
    (place / name).write_bytes(mutated(data, rng) if rng.random() < 0.8 else data)
    word = rng.choice(("", *(f"{word}:" for word in WORDS)))
    return lambda: named.load(f"{word}{place / name}")


def _idx(rng: random.Random, place: Path) -> Callable[[], object]:
    data = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (4, 6, 6)) + rng.randbytes(144)
    data = mutated(data, rng)
    if rng.random() < 0.5:
        data = gzip.compress(data)
        data = mutated(data, rng) if rng.random() < 0.5 else data
    (place / "t-images-idx3-ubyte").write_bytes(data)
    if rng.random() < 0.3:
        (place / "t-labels-idx1-ubyte").write_bytes(mutated(b"\0\0\x08\x01\0\0\0\x04" + rng.randbytes(4), rng))
    return lambda: named.load(str(place / "t-images-idx3-ubyte"))


def _text_file(rng: random.Random, place: Path) -> Callable[[], object]:
    data = rng.choice(
        (b"a,b,c\n1,2,x\n3,4,y\n5,,z\n" * 4, b"the cat sat\nthe dog ran\n" * 8, b"0 1\n1 2\n2 0\n2 3\n" * 4)
    )
    (place / "x.csv").write_bytes(mutated(data, rng))
    word = rng.choice(("points", "table", "series", "text", "tokens", "graph", "images"))
    return lambda: named.load(f"{word}:{place / 'x.csv'}")


def _config(rng: random.Random, place: Path) -> Callable[[], object]:
    file = place / "model" / "config.json"
    text = file.read_bytes()
    file.write_bytes(_text(mutated_json(json.loads(text), rng)) if rng.random() < 0.8 else mutated(text, rng))
    return lambda: rivals.load(place / "model")


def _safetensors(rng: random.Random, place: Path) -> Callable[[], object]:
    file = place / "model" / "model.safetensors"
    data = file.read_bytes()
    size = int.from_bytes(data[:8], "little")
    if rng.random() < 0.6:  # a whole header that says something else
        header = _text(mutated_json(json.loads(data[8 : 8 + size]), rng))
        file.write_bytes(len(header).to_bytes(8, "little") + header + data[8 + size :])
    else:
        file.write_bytes(mutated(data, rng))
    return lambda: rivals.load(place / "model")


def _run(rng: random.Random, place: Path) -> Callable[[], object]:
    run = place / "run"
    job: dict[str, Any] = {"data": "ring", "steps": 4, "batch": 4, "width": 4, "latent": 2, "out": run}
    names = ["config.json", "state.json", "scores.json", "metrics.jsonl", "signals.jsonl", "diagnosis.jsonl"]
    names += [str(p.relative_to(run)) for p in run.glob("checkpoints/*/*")]
    file = run / rng.choice(sorted(n for n in names if (run / n).is_file()))
    data = file.read_bytes()
    if file.suffix == ".json" and rng.random() < 0.6:
        file.write_bytes(_text(mutated_json(json.loads(data), rng)))
    else:
        file.write_bytes(mutated(data, rng))
    return lambda: (rivals.train("wgan-gp", views=False, **job), rivals.load(run), RunFolder(run).cost())


@dataclass(frozen=True)
class Target:
    """What is fed: (random numbers, an empty folder) -> a call that may only succeed or raise `RivalsError`."""

    make: Callable[[random.Random, Path], Callable[[], object]]
    kept: tuple[str, ...] = ()


TARGETS = {
    "pictures in a folder": Target(_folder),
    "zip": Target(_zip),
    "npy and npz": Target(_arrays),
    "IDX": Target(_idx),
    "lines of text": Target(_text_file),
    "config.json": Target(_config, ("model",)),
    "safetensors": Target(_safetensors, ("model",)),
    "a run's folder": Target(_run, ("run",)),
}
"""Name -> target; `kept` are folders that a whole copy is made of once."""


def feed(name: str, seed: int, place: Path) -> str:
    """Feed one input, which the name and the seed decide: "read", or the sentence that refused it.

    Raises:
        Exception: whatever else comes: then something is to be mended.
    """
    target, rng, here = TARGETS[name], random.Random(f"{name}/{seed}"), place / "input"
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir(parents=True)
    for folder in target.kept:
        _copied(folder, place, here)
    call = target.make(rng, here)
    try:
        with guarded():
            call()
    except (NonFinite, RivalsError) as error:
        return sentence(error)
    return "read"


def _copied(folder: str, place: Path, here: Path) -> None:
    """A whole copy, made once: the maker harms only what it is given."""
    whole = place / "whole" / folder
    if not whole.exists():
        whole.parent.mkdir(parents=True, exist_ok=True)
        {"model": _whole_model, "run": _whole_run}[folder](whole)
    shutil.copytree(whole, here / folder)


def _whole_model(folder: Path) -> None:
    registry.create("wgan-gp", named.load("ring").spec, width=4, latent=2).save_pretrained(folder)


def _whole_run(folder: Path) -> None:
    rivals.train("wgan-gp", data="ring", steps=4, batch=4, width=4, latent=2, out=folder, save_every=2, views=False)
