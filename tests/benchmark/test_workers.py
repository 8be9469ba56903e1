import os
import signal
import time

import pytest

from rivals.benchmark.workers import Failed, Pool
from rivals.errors import RivalsError, UsageError


def play(item):
    what, value = item
    if what == "wait":
        time.sleep(value)
    if what == "raise":
        raise value
    if what == "kill":
        os.kill(os.getpid(), value)
    if what == "exit":
        os._exit(value)
    return value, os.getpid(), os.environ["OMP_NUM_THREADS"]


def test_a_dead_worker_is_a_reason_and_the_rest_goes_on_in_a_new_one():
    items = [("kill", signal.SIGKILL), ("kill", signal.SIGSEGV), ("exit", 7), ("back", 1), ("back", 2)]
    with Pool(threads=2) as pool:
        found = dict(pool.each(play, items))
    assert found[0].reason == "its worker was killed (signal 9; often the machine's memory was full)"
    assert found[1].reason == "its worker crashed with SIGSEGV"
    assert found[2].reason == "its worker ended with exit code 7"
    assert [found[3][0], found[4][0]] == [1, 2]
    assert found[3][1] == found[4][1] != os.getpid()  # one process, kept
    assert found[3][2] == "2"


def test_what_is_raised_comes_back_as_a_sentence():
    with Pool() as pool:
        found = dict(pool.each(play, [("raise", RivalsError("too few.")), ("raise", KeyError("x")), ("back", 1)]))
    assert found[0] == Failed("too few.")
    assert found[1].reason == "KeyError: 'x'"
    assert "Traceback" in found[1].detail
    assert found[2][0] == 1


def test_an_item_beyond_the_limit_is_stopped():
    with Pool(jobs=2) as pool:
        found = dict(pool.each(play, [("wait", 60), ("back", 1)], limit=3.0))
    assert found[0].reason == "it took longer than the limit of 3 seconds and was stopped"
    assert found[1][0] == 1


def test_leaving_the_pool_ends_its_workers():
    with Pool() as pool:
        ((_, (_, process, _)),) = pool.each(play, [("back", 1)])
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_no_jobs_are_refused():
    with pytest.raises(UsageError, match=r"jobs \(0\) and threads \(1\) must be at least 1"):
        Pool(jobs=0)
