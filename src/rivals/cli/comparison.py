"""The commands that compare and explain: compare, bench, reproduce, board, diagnose."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rivals.cli import words

comparison_app = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")]
Jobs = Annotated[int, typer.Option(min=1, help="Trainings at a time.")]
Records = Annotated[Path | None, typer.Option(help="Folder of records; by default results.")]


class Runner(StrEnum):
    """Where trainings run."""

    processes = "processes"
    ray = "ray"


@comparison_app.command()
def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN…", help="Folders of finished runs, or files of rivals evaluate --json.")
    ],
    metric: Annotated[str | None, typer.Option(help="Which score; by default the headline of the first.")] = None,
    as_json: Json = False,
) -> None:
    """Set runs side by side: means, intervals, who beats whom, costs. Unlike scores are refused."""
    from rivals.benchmark.compare import compare as verb

    found = verb(runs, metric=metric)
    print(json.dumps(found.to_json(), indent=2) if as_json else "\n".join(found.lines()))


@comparison_app.command()
def bench(
    suite: Annotated[
        str,
        typer.Argument(
            metavar="SUITE", help="toy, digits, mnist, fashion, cifar10, landscape.", autocompletion=words.suites
        ),
    ],
    recipes: Annotated[
        str | None,
        typer.Option(help="Ids with commas; by default all that take the data.", autocompletion=words.recipes),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each recipe on each data set.")] = 3,
    budget: Annotated[
        str | None, typer.Option(metavar="UNIT=AMOUNT", help="steps=, reals=, seconds= or flops=; the same for all.")
    ] = None,
    jobs: Jobs = 1,
    threads: Annotated[int, typer.Option(min=1, help="Threads of arithmetic for each training.")] = 1,
    on: Annotated[Runner, typer.Option(help="This machine's processes, or a Ray cluster.")] = Runner.processes,
    search: Annotated[
        int, typer.Option(min=0, help="Random settings tried for each recipe, under the same budget.")
    ] = 0,
    limit: Annotated[
        float | None, typer.Option(help="Seconds for one training; a longer one counts as failed.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of everything; by default bench/SUITE.")] = None,
    latex: Annotated[bool, typer.Option("--latex", help="Write leaderboard.tex, too.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Write leaderboard.csv and scores.csv, too.")] = False,
    as_json: Json = False,
) -> None:
    """Compare recipes on a suite under one budget. The same command again goes on, and does nothing twice."""
    from rivals.cli import bench as verb

    chosen = None if recipes is None else [id.strip() for id in recipes.split(",")]
    results = verb.bench(
        suite, recipes=chosen, seeds=seeds, budget=budget, jobs=jobs, threads=threads, on=on.value, search=search,
        limit=limit, out=out, latex=latex, csv=csv,
    )  # fmt: skip
    print(json.dumps(results, indent=2) if as_json else "\n".join(verb.lines(results)))


@comparison_app.command()
def reproduce(
    recipe: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A recipe with claims.", autocompletion=words.recipes)
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All claims of all recipes, those that are fresh left out.")
    ] = False,
    claim: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Trainings; by default the claim's.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A small copy, to see that it runs: at best 'reduced'.")
    ] = False,
    jobs: Jobs = 1,
    home: Annotated[Path | None, typer.Option(help="Folder of the trainings; by default runs/reproduce.")] = None,
    results: Records = None,
    as_json: Json = False,
) -> None:
    """Measure what a recipe's paper claims, and append the verdict to results/ID.jsonl."""
    from rivals.cli.reproduce import reproduce as verb

    verb(
        recipe,
        every=every,
        claim=claim,
        seeds=seeds,
        quick=quick,
        jobs=jobs,
        home=home,
        results=results,
        as_json=as_json,
    )


@comparison_app.command()
def board(
    results: Records = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="The page of the documentation.")] = False,
    table: Annotated[str | None, typer.Option(metavar="NAME", help="Only the table of this heading.")] = None,
    as_json: Json = False,
) -> None:
    """Show every claim: the paper's figure, ours with its interval, the verdict, whether it is stale."""
    from rivals.cli.reproduce import board as verb

    verb(results=results, as_json=as_json, markdown=markdown, table=table)


@comparison_app.command()
def diagnose(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")],
    as_json: Json = False,
) -> None:
    """Say what went wrong in a run, with the evidence and what to change."""
    from rivals.cli.diagnose import diagnose as verb

    verb(run, as_json=as_json)
