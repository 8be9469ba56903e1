"""The site is built without a warning, and has every recipe with all that its source says."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rivals import catalog

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def pages():
    spec = importlib.util.spec_from_file_location("pages", ROOT / "scripts/pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_recipe_has_a_page_with_its_options_claims_and_code(pages):
    found = pages.pages()
    entries = catalog.entries()
    assert set(found) == {"recipes/index.md", "gallery.md", *(f"recipes/{id}.md" for id in entries)}
    for id, entry in entries.items():
        text = found[f"recipes/{id}.md"]
        assert f"[{id}]({id}.md)" in found["recipes/index.md"]
        for option in entry.options:
            assert f"`{option.partition(':')[0]}`" in text, f"{id} does not tell {option}"
        assert text.count("| **") == len(entry.claims)
        assert f'"{id}",' in text


def test_the_parts_of_a_docstring(pages):
    text = (
        "Line.\n\nMath | x.\n\nArgs:\n    a, b: of both;\n        more.\n    c: other.\n\n"
        "Deviations: 1. One\nmore. 2. Two."
    )
    said = pages.parts(text)
    assert said[""] == "Line.\n\nMath | x."
    entry = catalog.Entry("x", catalog.Paper("X", 2020), ("points",), options=("a: int = 1", "b: int = 2", "c: int"))
    assert pages.options(entry, said["Args:"]) == [("`a`, `b`", "`1`, `2`", "of both; more."), ("`c`", "``", "other.")]
    assert pages.numbered(said["Deviations:"]) == ["One more.", "Two."]
    assert pages.plain("a_b *c* `d_e` |") == r"a\_b \*c\* `d_e` \|"


def test_the_site_is_built_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    tool = Path(sys.executable).with_name("mkdocs")
    done = subprocess.run(
        [tool, "build", "--strict", "-d", tmp_path / "site"], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    front = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "fonts.googleapis" not in front
    assert (tmp_path / "site/recipes/wgan-gp/index.html").is_file()
