"""A progress bar on stderr with losses and the score as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from rivals.cli.diagnose import tell
from rivals.training import Progress as Told

if TYPE_CHECKING:
    from rivals.diagnosis.heal import Intervention
    from rivals.diagnosis.history import Finding
    from rivals.journal import Record
    from rivals.metrics.evaluate import Scores
    from rivals.planning import Plan
    from rivals.run import Run


class Bar(Told):
    """Draws the run; where stderr is no terminal, prints a line every tenth of the way instead."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        self.live = self.console.is_terminal
        self.bar: Progress | None = None
        self.task: TaskID | None = None
        self.losses = ""
        self.score = ""

    def planned(self, plan: Plan) -> None:
        """Say what was found, what is recommended, and what it will cost."""
        for line in plan.lines():
            self.console.print(line, markup=False, soft_wrap=True)

    def begin(self, run: Run, resumed: int) -> None:
        """Say what starts."""
        name = (run.game.config or {}).get("recipe", type(run.game).__name__)
        on = f"{run.source.name}, {run.total} steps of {run.whole_batch} on {run.device}"
        self.console.print(f"{name} on {on}" + (f", going on after step {resumed}" if resumed else ""))
        if self.live:
            columns = (BarColumn(20), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
            self.bar = Progress(
                *columns, TimeRemainingColumn(), TextColumn("{task.description}"), console=self.console, transient=True
            )
            self.task = self.bar.add_task("", total=run.total, completed=resumed)
            self.bar.start()

    def stepped(self, run: Run) -> None:
        """Move the bar."""
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, completed=run.counters.step, description=self._words(run))
        elif run.counters.step % max(1, run.total // 10) == 0:
            self.console.print(f"step {run.counters.step}/{run.total}  {self._words(run)}")

    def logged(self, record: Record) -> None:
        """Keep the newest losses, summed over a player's terms."""
        sums: dict[str, float] = {}
        for name, value in record.items():
            if name.startswith("loss/"):
                who = name.split("/")[1]
                sums[who] = sums.get(who, 0.0) + value
        self.losses = "  ".join(f"{who} {value:.3g}" for who, value in list(sums.items())[:4])

    def scored(self, scores: Scores) -> None:
        """Keep the newest score."""
        self.score = "  ".join(f"{name} {value:.3g}" for name, value in list(scores.values.items())[:1])

    def found(self, finding: Finding) -> None:
        """Say at once what is wrong, and what to set instead."""
        tell(self.console, finding)

    def treated(self, treatment: Intervention) -> None:
        """Say what was done about it."""
        self.console.print(treatment.line(), style="green", markup=False, soft_wrap=True)

    def end(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def _words(self, run: Any) -> str:
        stage = f"{run.counters.stage}  " if len(run.plan) > 1 else ""
        return f"{stage}{self.losses}  {self.score}".strip()
