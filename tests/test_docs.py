"""What the documents say is true: code blocks run, the arrows are the linter's, the two commands exist."""

import ast
import json
import re
import shlex
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rivals import catalog, contract

ROOT = Path(__file__).parents[1]


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", blocks("CONTRIBUTING.md", "python"))
def test_the_worked_recipes_keep_the_contract(example, tmp_path):
    file = tmp_path / "my.py"
    file.write_text(example)
    (entry,) = catalog.read(file)
    broken = [r for r in contract.check(catalog.find(f"{file}:{entry.function}")) if not r.ok]
    assert not broken, broken


def test_the_worked_example_trains_from_a_shell(tmp_path):
    (tmp_path / "my.py").write_text(blocks("CONTRIBUTING.md", "python")[0])
    rivals = Path(sys.executable).with_name("rivals")
    command = [rivals, "train", "my.py:fake_penalty_gan", "--data", "ring", "--steps", "5", "--batch", "8"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs" / "fake-penalty-gan-ring" / "report.html").is_file()


def test_the_readmes_python_runs(tmp_path):
    (code,) = blocks("README.md", "python")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "ring-model" / "model.safetensors").is_file()


@pytest.mark.parametrize("page", ["evaluation", "attacks", "guides/labels", "index", "verbs"])
def test_the_python_of_a_page_runs(page, tmp_path):
    (code,) = blocks(f"docs/{page}.md", "python")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_curves_of_the_page_on_labels_are_the_measured_ones(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import curves

    page = (ROOT / "docs/guides/labels.md").read_text(encoding="utf-8")
    made = curves.tables(json.loads(curves.OUT.read_text(encoding="utf-8"))).split("\n\n")
    assert len(made) == len(curves.CURVES)
    assert all(table in page for table in made), "put them in anew: python benchmarks/curves.py prints them"


def test_every_score_is_in_the_page_on_scores():
    from rivals.metrics.protocols import ABILITIES, MEASURES

    page = (ROOT / "docs/evaluation.md").read_text(encoding="utf-8")
    names = {name for measures in (*MEASURES.values(), ABILITIES) for m in measures for name in m.names}
    families = ("bleu", "self-bleu", "prd", "1-nn")
    beside = {n for n in names if n.startswith("real ") or n.endswith((" floor", " error"))}
    assert [n for n in sorted(names - beside) if n not in page and not n.startswith(families)] == []
    assert all(family in page for family in families)


def test_the_readmes_commands_are_commands():
    rivals = str(Path(sys.executable).with_name("rivals"))
    pages = ["README.md", "CONTRIBUTING.md", "docs/index.md", "docs/start.zh.md", "docs/verbs.md"]
    used = set(re.findall(r"\$ rivals (\w+)", "".join(text for page in pages for text in blocks(page, "console"))))
    assert used >= {"train", "sample", "evaluate", "list", "info", "check"}
    for command in used:
        assert subprocess.run([rivals, command, "--help"], capture_output=True, check=False).returncode == 0
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"\$ make (\w+)", "".join(blocks("README.md", "console")))) <= set(targets)


def test_the_arrows_of_the_document_are_the_linters_and_are_kept():
    (drawn,) = blocks("docs/architecture.md", "text")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    assert [line.split(" · ") for line in drawn.strip().splitlines()] == [layer.split(" | ") for layer in layers]
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    modules = {p.stem for p in (ROOT / "src/rivals").iterdir() if not p.name.startswith(("__", "py.typed"))}
    placed = {module for layer in layers for module in layer.split(" | ")}
    assert modules <= placed, f"without a place among the arrows: {modules - placed}"


def lines(path: Path, code: bool = False) -> int:
    """Whole lines of a file, or those of code: neither docstring, nor comment, nor empty."""
    text, out = path.read_text(encoding="utf-8"), set[int]()
    for node in ast.walk(ast.parse(text)):
        if code and isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            out |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    rest = [line.strip() for i, line in enumerate(text.splitlines(), 1) if i not in out]
    return len([line for line in rest if line and not line.startswith("#")] if code else rest)


def test_a_recipe_stays_short_and_the_heart_can_be_read_in_one_sitting():
    files = (ROOT / "src/rivals/recipes").rglob("*.py")
    recipes = [p for p in files if p.name != "__init__.py" and p.parent.name != "claims"]
    assert max(map(lines, recipes)) <= 150
    assert statistics.median(lines(p, code=True) for p in recipes) <= 60
    assert sum(lines(ROOT / f"src/rivals/{name}.py") for name in ("game", "run", "registry")) <= 825


def test_every_reader_and_view_is_in_the_page_on_data():
    from rivals import parts
    from rivals.data.readers import READERS

    page = (ROOT / "docs/data.md").read_text(encoding="utf-8")
    assert [
        word for word in [*READERS, *parts.names("view")] if f"`{word}`" not in page and f"={word}`" not in page
    ] == []


@pytest.mark.parametrize("name", ["first_gan", "my_own_pictures"])
def test_a_notebook_runs_from_its_first_cell_to_its_last(name, tmp_path):
    notebook = json.loads((ROOT / f"docs/notebooks/{name}.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(cells) > 3
    assert all(not cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    code = "import matplotlib\nmatplotlib.use('agg')\n" + "\n".join(cells)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def commands():
    """Every `rivals …` that a document tells to type, with its page; lines that go on are joined."""
    for page in ["README.md", "CONTRIBUTING.md", *(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]:
        for language in ("console", "sh", "bash"):
            for block in blocks(page, language):
                for line in block.replace("\\\n", " ").splitlines():
                    if not re.match(r"(\$ )?(rivals|torchrun) ", line):
                        continue  # what a command prints, or another program
                    words = shlex.split(line.removeprefix("$ "), comments=True)
                    words = words[: next((i for i, word in enumerate(words) if word in {">", "|"}), None)]
                    if "rivals" in words:
                        yield pytest.param(words[words.index("rivals") + 1 :], id=f"{page}: {line}")


@pytest.mark.parametrize("words", list(commands()))
def test_every_command_of_the_documents_is_one(words):
    from typer.main import get_command

    from rivals.cli.main import app

    command, context = get_command(app), None
    while hasattr(command, "resolve_command"):
        context = command.make_context("rivals", words, parent=context)
        _, command, words = command.resolve_command(context, [*context._protected_args, *context.args])
    command.make_context("rivals", words, parent=context)
