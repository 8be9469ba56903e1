"""Finding experiments, their options and their tables."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from rivals.errors import UsageError
from rivals.lab import experiment
from rivals.lab.drawing import png
from rivals.lab.experiment import ORDER, Result, Table


def test_every_file_with_an_experiment_is_found_and_has_its_place() -> None:
    found = experiment.entries()
    assert list(found) == list(ORDER)
    for name, entry in found.items():
        assert entry.module == name.replace("-", "_")
        assert entry.summary.endswith(".")
        assert "seed" not in "".join(entry.options)
        assert set(experiment.defaults(name)) == {option.partition(":")[0] for option in entry.options}


def test_listing_imports_neither_torch_nor_an_experiment() -> None:
    code = (
        "import sys; from rivals.cli.lab import _list; _list(False);"
        "assert not {'torch', 'numpy', 'matplotlib', 'rivals.lab.dirac'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_unknown_names_and_options_are_refused_with_what_is_near() -> None:
    with pytest.raises(UsageError, match="no experiment 'earthmover', did you mean 'earth-mover'"):
        experiment.run("earthmover")
    with pytest.raises(UsageError, match="no option 'gama', did you mean 'gamma'"):
        experiment.run("dirac", gama=1.0)
    with pytest.raises(UsageError, match="'points' must be int"):
        experiment.run("parallel-lines", points=2.5)
    with pytest.raises(UsageError, match="no option 'name'"):
        experiment.run("dirac", name=1.0)


def test_outside_no_random_state_moves_and_a_seed_decides() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again, other = (experiment.run("activations", seed=s, depth=3, width=16).to_json() for s in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert first == again != other


def test_a_table_is_read_by_people_and_by_programs() -> None:
    table = Table("Two", ("what", "number"), [("a", 1), ("bb", float("inf")), ("c", 0.123456), ("d", 0.0)])
    assert table.lines() == [
        "Two",
        "  what  number",
        "  a          1",
        "  bb         ∞",
        "  c     0.1235",
        "  d          0",
    ]
    assert table.column("number")[0] == 1
    result = Result((table, table), lambda figure: None)
    assert result.lines()[5:8] == ["  d          0", "", "Two"]
    assert json.loads(json.dumps(result.to_json(), allow_nan=False))[0]["rows"][1] == ["bb", "inf"]
    assert result.table("Tw") is table


def test_a_picture_is_a_small_png() -> None:
    from PIL import Image

    picture = png(experiment.run("parallel-lines", points=8))
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 60_000
    import io

    with Image.open(io.BytesIO(picture)) as image:
        assert image.size == (935, 319)
        assert len(np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)) > 10
