"""Pages of the site that are made of the source: one a recipe, and their list. A hook of mkdocs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from rivals import catalog
from rivals.benchmark import claims
from rivals.catalog import Claim, Entry

RESULTS = Path(__file__).parents[1] / "results"
GALLERY = Path(__file__).parents[1] / "docs/gallery"
MARKS = re.compile(r"([\\*_{}\[\]<>|#])")
SECTIONS = ("Args:", "Raises:", "Deviations:")


def on_config(config: Any) -> Any:
    """Put the recipes into the navigation, section by section."""
    below: list[Any] = [{"All recipes": "recipes/index.md"}]
    for section, mine in by_section().items():
        below.append({section: [{entry.id: f"recipes/{entry.id}.md"} for entry in mine]})
    for place in config.nav:
        if "Recipes" in place:
            place["Recipes"] = below
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages."""
    from mkdocs.structure.files import File

    for name, text in pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def pages() -> dict[str, str]:
    """Path below docs/ -> markdown."""
    found = {f"recipes/{entry.id}.md": page(entry) for entry in catalog.entries().values()}
    return {"recipes/index.md": index(), "gallery.md": gallery(), **found}


def by_section() -> dict[str, list[Entry]]:
    """Section -> its recipes, as `rivals list` tells them."""
    found: dict[str, list[Entry]] = {}
    for entry in catalog.entries().values():
        found.setdefault(entry.section, []).append(entry)
    return found


def index() -> str:
    """The list of all recipes."""
    text = ["# Recipes", "", "Each is one short file; `rivals info ID` shows the same at a shell."]
    for section, mine in by_section().items():
        text += ["", f"## {section}", "", "| recipe | year | for | |", "| --- | --- | --- | --- |"]
        text += [
            f"| [{e.id}]({e.id}.md) | {e.paper.year} | {', '.join(e.data)} | {plain(e.summary)} |"
            for e in sorted(mine, key=lambda e: (e.paper.year, e.id))
        ]
    return "\n".join(text) + "\n"


def drawn() -> dict[str, Any]:
    """Recipe -> how the picture was made that docs/gallery has of it, for recipes that there are."""
    index = GALLERY / "gallery.json"
    found = json.loads(index.read_text(encoding="utf-8")) if index.is_file() else {}
    return {id: facts for id, facts in found.items() if id in catalog.entries()}


def gallery() -> str:
    """One picture a recipe."""
    text = [
        "# Gallery", "",
        "One picture a recipe, from a training that measured a claim or ran in a benchmark: small sets, minutes of "
        "two CPU cores, the first seed, nothing chosen by its looks. Blue points are samples, grey ones data.", "",
    ]  # fmt: skip
    made = drawn()
    for section, mine in by_section().items():
        shown = [entry for entry in mine if entry.id in made]
        if shown:
            text += [f"## {section}", "", '<div class="grid cards" markdown>', ""]
            text += [
                f"-   [![samples of {e.id}](gallery/{e.id}.png)](recipes/{e.id}.md)\n\n    "
                f"[{e.id}](recipes/{e.id}.md) · {plain(how(made[e.id]))}\n"
                for e in shown
            ]
            text += ["</div>", ""]
    return "\n".join(text)


def how(facts: dict[str, Any]) -> str:
    """A picture's training in words."""
    return f"{facts['data']}, {facts['steps']:,} steps of {facts['batch']}"


def page(entry: Entry) -> str:
    """One recipe: what it is, its options, deviations, claims with what came of them, and its code."""
    said = parts(catalog.documentation(entry))
    paper = f"{entry.paper.title} ({entry.paper.year})"
    link = f"[{plain(paper)}](https://arxiv.org/abs/{entry.paper.arxiv})" if entry.paper.arxiv else plain(paper)
    text = [
        f"# {entry.id}", "", link, "",
        f"A {entry.kind} for {' or '.join(entry.data)}; by default {entry.steps:,} steps of {entry.batch}.", "",
    ]  # fmt: skip
    text += [plain(paragraph) + "\n" for paragraph in said[""].split("\n\n")]
    if facts := drawn().get(entry.id):
        text += [f"![samples of {entry.id}](../gallery/{entry.id}.png)", "", plain(f"Samples: {how(facts)}."), ""]
    text += ["## Options", "", "Each is `--set NAME=VALUE` at a shell, and a keyword in Python.", ""]
    text += ["| option | default | |", "| --- | --- | --- |"] + [
        f"| {names} | {defaults} | {plain(meaning)} |" for names, defaults, meaning in options(entry, said["Args:"])
    ]
    if said["Deviations:"]:
        text += ["", "## Deviations from the paper", ""]
        text += [f"{i}. {plain(one)}" for i, one in enumerate(numbered(said["Deviations:"]), 1)]
    if entry.claims:
        text += ["", "## What is claimed", "", "See [results](../results.md) for what the words mean.", ""]
        text += ["| claim | on | counts as reproduced | paper | here | verdict |", "| --- " * 6 + "|"]
        text += [row(entry, claim) for claim in entry.claims]
    code = entry.path.read_text(encoding="utf-8").rstrip()
    text += ["", "## The code", "", f'??? note "{entry.path.name}, {len(code.splitlines())} lines"', ""]
    text += [f"    {line}".rstrip() for line in ["```python", *code.splitlines(), "```"]]
    return "\n".join(text) + "\n"


def row(entry: Entry, claim: Claim) -> str:
    """One claim with its newest record."""
    record = claims.newest(entry.id, claim.name, RESULTS)
    ours = "" if record is None else f"{record.ours:.4g}"
    if record is not None and record.low is not None and record.high is not None:
        ours += f" ({record.low:.3g} to {record.high:.3g})"
    paper = "" if claim.paper is None else f"{claim.paper:g}"
    verdict = record.verdict if record is not None else claims.NOT_RUN
    return (
        f"| **{claim.name}** {plain(claim.sentence)} | {claim.data} | {plain(claim.threshold)} | {paper} | {ours} "
        f"| {verdict} |"
    )


def parts(text: str) -> dict[str, str]:
    """A docstring by its headings; what stands before them is under ""."""
    found = dict.fromkeys(("", *SECTIONS), "")
    now = ""
    for line in text.splitlines():
        heading = next((s for s in SECTIONS if line.startswith(s)), None)
        now = heading or now
        found[now] += (line.removeprefix(heading) if heading else line) + "\n"
    return {name: body.strip("\n") for name, body in found.items()}


def options(entry: Entry, told: str) -> list[tuple[str, str, str]]:
    """Names, defaults and meaning of the options that one line of the docstring tells, in its order."""
    defaults = {o.partition(":")[0]: o.rpartition(" = ")[2] if " = " in o else "" for o in entry.options}
    lines: list[tuple[list[str], str]] = []
    for line in told.splitlines():
        head = re.match(r"^ {4}(\w+(?:, \w+)*): (.*)$", line)
        if head:
            lines.append((head[1].split(", "), head[2]))
        elif lines:
            lines[-1] = lines[-1][0], f"{lines[-1][1]} {line.strip()}"
    return [
        (", ".join(f"`{n}`" for n in names), ", ".join(f"`{defaults[n]}`" for n in names), meaning)
        for names, meaning in lines
        if all(n in defaults for n in names)
    ]


def numbered(text: str) -> list[str]:
    """The items of "1. First. 2. Second."."""
    flat = " ".join(text.split())
    return [item.strip() for item in re.split(r"(?:^| )\d+\. ", flat) if item.strip()]


def plain(text: str) -> str:
    """Text whose signs mean nothing to markdown, but for `code`."""
    pieces = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(p.replace("|", "\\|") if p.startswith("`") else MARKS.sub(r"\\\1", p) for p in pieces)
