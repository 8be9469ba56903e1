from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from rivals import metrics


def test_every_name_is_there() -> None:
    for name in metrics.__all__:
        assert callable(getattr(metrics, name)), name
    assert metrics.judges.names()
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        metrics.nothing  # noqa: B018


def test_nothing_is_imported_before_it_is_used() -> None:
    code = "import sys; from rivals import metrics; before = 'torch' in sys.modules; metrics.mmd; "
    code += "assert not before and 'torch' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_functions_of_features_as_the_page_says() -> None:
    x = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    assert metrics.frechet_distance(x, x.numpy()) == pytest.approx(0, abs=1e-9)
    metric = metrics.FrechetDistance()
    metric.update(x, real=True)
    metric.update(x + 1, real=False)
    assert float(metric.compute()) == pytest.approx(4, rel=1e-3)
