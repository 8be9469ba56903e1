"""What `rivals diagnose RUN` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from rivals.diagnosis.history import Finding

COLOURS = {"note": "cyan", "warning": "yellow", "serious": "red", "recovered": "green"}


def diagnose(run: Path, *, as_json: bool = False) -> None:
    """Say what went wrong in a run, from its files.

    Args:
        run: its folder.
        as_json: print {"run", "findings", "standing", "interventions"} to stdout instead.

    Raises:
        UsageError: where there is no run.
    """
    from rivals.diagnosis import after, heal, history
    from rivals.store.folder import RunFolder

    found = after.diagnose(run)
    done = heal.interventions(run)
    if as_json:
        standing = [f.illness for f in history.standing(found) if f.severity != history.NOTE]
        print(json.dumps({
            "run": str(run), "findings": [vars(f) for f in found], "standing": standing,
            "interventions": [vars(each) for each in done],
        }, indent=2))  # fmt: skip
        return
    config = RunFolder(run).config()
    console = Console(highlight=False)
    for line in [*(each.line() for each in done), *after.summary(found, config)]:
        console.print(line, markup=False, soft_wrap=True)


def tell(console: Console, finding: Finding) -> None:
    """One line while the run goes on, in the colour of its severity."""
    colour = COLOURS["recovered" if finding.recovered else finding.severity]
    console.print(finding.line(), style=colour, markup=False, soft_wrap=True)
