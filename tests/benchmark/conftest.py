"""A pool that calls in the test's own process, where processes are not what is tested."""

import pytest

from rivals.benchmark import workers


class Inline:
    def __init__(self, jobs, threads, log):
        self.jobs = jobs

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def each(self, function, items, limit=None):
        for index, item in enumerate(items):
            yield index, workers.guarded(function, item)


@pytest.fixture
def inline(monkeypatch):
    monkeypatch.setattr(workers, "Pool", Inline)
