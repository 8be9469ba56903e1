import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
import torch

import rivals
from rivals import catalog, options, registry
from rivals.data import named, specs
from rivals.data.specs import Images, Points
from rivals.errors import UsageError

RING = Points(2, 8)
OUTSIDE = '''
from rivals import Paper, recipe
from rivals.adversarial import Adversarial
from rivals.catalog import find

@recipe("my-gan", paper=Paper("Mine", 2026), data=("points",), tiny={"width": 8})
def mygan(data, *, width: int = 16) -> Adversarial:
    """One line."""
    return find("wgan-gp").load()(data, width=width, latent=8)
'''


def test_entries_come_from_literals_and_functions_from_modules():
    entry = catalog.find("wgan-gp")
    assert (entry.section, entry.kind, entry.paper.year, entry.paper.arxiv) == ("core", "generator", 2017, "1704.00028")
    assert entry.load().__name__ == entry.function
    assert any(option.startswith("weight: float = 10.0") for option in entry.options)
    assert catalog.documentation(entry).startswith(entry.summary)


def test_every_recipe_has_a_summary_a_paper_and_documented_options():
    for entry in catalog.entries().values():
        text = catalog.documentation(entry)
        assert entry.summary.endswith("."), entry.id
        assert entry.paper.title, entry.id
        assert set(entry.data) <= set(specs.KINDS), entry.id
        for option in registry.options_of(entry):
            assert option in text, f"{entry.id} does not explain '{option}'"
        registry.check_options(entry, entry.tiny)  # of the recipe, or slots of its game


def test_neither_the_package_nor_the_list_imports_torch():
    code = "import sys, rivals; from rivals import catalog; catalog.entries(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_import_shadows_a_verb():
    code = """
import importlib, pkgutil, rivals
for module in pkgutil.walk_packages(rivals.__path__, "rivals."):
    importlib.import_module(module.name)
for verb in ("create", "evaluate", "load", "train"):
    assert callable(getattr(rivals, verb)), verb
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("wgan-pg", {}, "no recipe 'wgan-pg', did you mean 'wgan-gp'"),
        ("wgan-gp", {"wieght": 1.0}, "no option 'wieght', did you mean 'weight'"),
        ("wgan-gp", {"width": "wide"}, "'width' must be int, not 'wide'"),
        ("wgan-gp", {"width": 1.5}, "'width' must be int, not 1.5"),
        ("wgan-gp", {"width": True}, "'width' must be int, not True"),
        ("wgan-gp", {"sides": "both"}, "one of 'two', 'one'"),
        ("wgan-gp", {"betas": (0.5,)}, "'betas' must be"),
        ("wgan-gp", {"objective": "hinges"}, "did you mean 'hinge'"),
        ("wgan-gp", {"critic_updates": 0}, "at least 1"),
        ("wgan-gp", {"generator_updates": 0}, "at least 1"),
        ("wgan-gp", {"prior": "gaussian(size=3)"}, "do not fit this recipe's networks"),
        ("nowhere.py:gan", {}, "no file nowhere.py"),
    ],
)
def test_wrong_options_are_refused_with_what_would_be_right(name, given, sentence):
    with pytest.raises(UsageError, match=sentence):
        registry.create(name, RING, **given)


def test_slots_of_a_declarative_recipe_can_be_set():
    game = registry.create(
        "wgan-gp", RING, width=8, objective="hinge", penalties="[r1(gamma=1), drift]", view="instance_noise(std=0.1)",
        prior="uniform(size=128)", constraint="clip(bound=1.0)", generator_updates=2,
    )  # fmt: skip
    assert game.objective.name == "hinge"
    assert len(game.penalties) == 2
    assert type(game.prior).__name__ == "Uniform"
    again = registry.rebuild(json.loads(json.dumps(game.config)))
    assert (again.objective.name, len(again.penalties), again.generator_updates) == ("hinge", 2, 2)


def test_data_of_another_kind_is_refused():
    with pytest.raises(UsageError, match="dcgan takes images, and this data is points"):
        registry.create("dcgan", RING)
    with pytest.raises(UsageError, match="needs data with labels"):
        registry.create("cgan", Images(1, 8, 8))


def test_the_seed_makes_the_weights_and_leaves_the_global_state_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    a, b, c = (registry.create("gan", RING, seed=s, hidden=(8, 8)) for s in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))
    assert not all(torch.equal(x, y) for x, y in zip(a.parameters(), c.parameters(), strict=True))


def test_a_recipe_from_outside_works_and_its_code_is_never_taken_from_a_config(tmp_path: Path):
    file = tmp_path / "my.py"
    file.write_text(OUTSIDE)
    game = registry.create(f"{file}:mygan", RING)
    assert type(game).__name__ == "Adversarial"
    with pytest.raises(UsageError, match="from outside: name it with --recipe"):
        registry.rebuild(game.config)
    assert registry.rebuild(game.config, f"{file}:mygan").config == game.config
    with pytest.raises(UsageError, match="has no recipe 'other'; under @recipe it has my-gan"):
        catalog.find(f"{file}:other")


def test_a_decorator_with_anything_but_literals_is_refused(tmp_path: Path):
    file = tmp_path / "bad.py"
    file.write_text(OUTSIDE.replace("2026", "1 + year"))
    with pytest.raises(UsageError, match=r"bad.py:6: @recipe takes literals only"):
        catalog.read(file)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-4", 1e-4), ("(0, 0.9)", (0, 0.9)), ("true", True), ("none", None), ("two", "two"), ("-1", -1)],
)
def test_option_texts_become_values(text, value):
    assert options.parse([f"key-name={text}"]) == {"key_name": value}


@pytest.mark.parametrize("pairs", [["width"], ["=3"], ["a=1", "a=2"]])
def test_option_texts_that_are_none_are_refused(pairs):
    with pytest.raises(UsageError):
        options.parse(pairs)


def test_specs_survive_json():
    for name in ("digits", "ring", "edge-digits", "moved-ring", "tokens"):
        spec = named.load(name).spec
        assert specs.from_json(json.loads(json.dumps(specs.to_json(spec)))) == spec


def test_the_verbs_in_python(tmp_path: Path):
    game = rivals.create("wgan-gp", data="ring", width=8, latent=4)
    trained = rivals.train(game, data="ring", steps=5, batch=8, out=tmp_path / "run")
    assert trained.step == 5
    assert rivals.evaluate(trained, samples=50).values["modes"] >= 0
    game.save_pretrained(tmp_path / "model")
    for folder in (tmp_path / "run", tmp_path / "model"):
        loaded = rivals.load(folder)
        assert torch.equal(loaded.sample(5, seed=1), game.sample(5, seed=1))


@pytest.mark.parametrize(
    ("annotation", "read"), [(Literal["auto", "none"], "none"), (Literal["none"] | None, None), (int | None, None)]
)
def test_none_at_a_shell_is_the_word_where_the_option_has_it(annotation, read):
    (given,) = options.parse(["labels=none"]).values()
    assert options.exact(given, annotation) == read


def test_none_at_a_shell_is_refused_where_it_is_no_value():
    with pytest.raises(TypeError):
        options.exact(options.literal("none"), Literal["auto", "all"])
