import os
from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture
def data_home() -> Path:
    """The folder of real data sets, where there is one."""
    home = os.environ.get("RIVALS_DATA")
    if not home or not Path(home).is_dir():
        pytest.skip("RIVALS_DATA names no folder of data sets")
    return Path(home)


@pytest.fixture(autouse=True)
def cache_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of each test's own, so that none reads what another decoded or writes into the user's."""
    home = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("RIVALS_CACHE", str(home))
    return home
