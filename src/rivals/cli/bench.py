"""What is behind `rivals bench`: the grid with a bar on stderr, and the files for papers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from rivals import pack
from rivals.benchmark import bench as grids
from rivals.benchmark import board_report, leaderboard

if TYPE_CHECKING:
    from rivals.benchmark.cells import Outcome


class Bar(grids.Watch):
    """Draws the grid; where stderr is no terminal, prints a line for each cell instead."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        self.bar: Progress | None = None
        self.task: TaskID | None = None
        self.total = self.count = self.failed = 0

    def begin(self, what: str, total: int) -> None:
        """Say what starts, and start a bar for it."""
        self.end()
        self.total, self.count, self.failed = total, 0, 0
        self.console.print(f"{what}: {total} cells", markup=False)
        if self.console.is_terminal and total:
            columns = (BarColumn(24), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
            last = TextColumn("{task.description}", markup=False)
            self.bar = Progress(*columns, TimeRemainingColumn(), last, console=self.console, transient=True)
            self.task = self.bar.add_task("", total=total)
            self.bar.start()

    def done(self, outcome: Outcome) -> None:
        """Move the bar; a failure stays on the screen."""
        self.count += 1
        self.failed += not outcome.ok
        name = f"{outcome.cell.recipe} on {outcome.cell.data}, seed {outcome.cell.seed}"
        first = next(iter(outcome.scores.values.items()), None) if outcome.scores else None
        score = f"{first[0]} {first[1]:.4g}" if first else outcome.reason
        if not outcome.ok:
            self.console.print(f"failed: {name}: {outcome.reason}", markup=False, soft_wrap=True)
        elif self.bar is None and outcome.fresh:
            self.console.print(f"{self.count}/{self.total}  {name}: {score}", markup=False, soft_wrap=True)
        if self.bar is not None and self.task is not None:
            failures = f"  {self.failed} failed" if self.failed else ""
            self.bar.update(self.task, advance=1, description=f"{name}: {score}{failures}")

    def end(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None


def bench(
    suite: str, *, latex: bool = False, csv: bool = False, out: Path | None = None, **asked: Any
) -> grids.Results:
    """Run a comparison and write results.json, report.html, and on demand tables for papers.

    Args:
        suite: its name.
        latex: write leaderboard.tex.
        csv: write leaderboard.csv and scores.csv.
        out: folder, by default bench/SUITE.
        **asked: see `rivals.benchmark.bench.bench`.

    Returns:
        What results.json holds, with "files": word -> path.
    """
    home = out or Path("bench") / suite
    results = grids.bench(suite, out=home, watch=Bar(), **asked)
    found = leaderboard.boards(results)
    files = {"results": home / "results.json", "report": board_report.write(home)}
    tables = {"leaderboard.tex": leaderboard.to_latex(found)} if latex else {}
    if csv:
        tables |= {"leaderboard.csv": leaderboard.to_csv(found), "scores.csv": leaderboard.cells_to_csv(results)}
    for name, text in tables.items():
        pack.replace_file(home / name, text.encode())
        files[name] = home / name
    return {**results, "files": {word: str(path) for word, path in files.items()}}


def lines(results: grids.Results) -> list[str]:
    """For people: each data set's leaderboard, what failed, and where the files are."""
    told, failures = [], []
    for board in leaderboard.boards(results):
        arrow = "lower is better" if board.lower_is_better else "higher is better"
        told.append(f"\n{board.data}: {board.headline or 'no score that ranks'}, {arrow}")
        width = max((len(row.model) for row in board.rows), default=0)
        for row in board.rows:
            cost = f"{row.costs['seconds']:.0f} s" if "seconds" in row.costs else ""
            failed = f"  {len(row.failures)} failed" if row.failures else ""
            failures += [f"  {row.model} on {board.data}, {why}" for why in row.failures]
            told.append(f"  {row.model:<{width}}  {row.score or 'no score'!s:<32} {cost}{failed}")
    told += ["\nfailed", *failures] if failures else []
    return [*told, "", *(f"{word:>16}  {path}" for word, path in results["files"].items())]
