"""Bad input: a game that plays or one sentence, never a traceback or a hang. benchmarks/fuzz.py does it for minutes."""

import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import fuzzing
from rivals import catalog, options
from rivals.errors import RivalsError, UsageError

FEW = settings(
    max_examples=2, derandomize=True, deadline=None, database=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.mark.parametrize("name", sorted(catalog.entries()))
def test_any_options_give_a_game_that_plays_or_one_sentence(name, tmp_path):
    entry = catalog.find(name)
    if "environment" in entry.data:
        pytest.importorskip("gymnasium")

    @FEW
    @given(fuzzing.settings_of(entry))
    def play(given):
        fuzzing.trained(entry, given, tmp_path)

    play()


@pytest.mark.parametrize("name", sorted(fuzzing.TARGETS))
def test_damaged_files_are_read_or_refused_in_one_sentence(name, tmp_path):
    ends = [fuzzing.feed(name, seed, tmp_path) for seed in range(12 if name == "a run's folder" else 40)]
    assert len(set(ends)) > 1, "every input ended alike: the harm does not reach the reader"


@FEW
@given(
    st.text(),
    st.recursive(st.integers() | st.floats() | st.text(), lambda x: st.lists(x) | st.tuples(x, x), max_leaves=5),
)
def test_any_text_is_an_option_or_refused(text, value):
    try:
        options.parse([text, f"key={value!r}"])
    except UsageError as error:
        fuzzing.sentence(error)


@pytest.mark.parametrize(
    "text", ["{[]: 1}", "(" * 5000, "-" * 100_000 + "1", "9" * 10_000, "1_0_", "\x00", "{1: {2: }"]
)
def test_what_is_no_literal_is_text(text):
    assert options.literal(text) == text


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**12, (0.5, float("-inf"))])
def test_numbers_that_overflow_are_refused(number):
    with pytest.raises(UsageError, match=r"option 'rate' is .*: a number must be finite, and at most"):
        options.check("x", {"rate": number}, {"rate": (float | int | tuple[float, ...], 0.0)})


def test_what_code_cannot_use_is_told_with_what_was_given():
    with (
        pytest.raises(UsageError, match=r"^x cannot be built with width=0: .*by zero; give other") as told,
        options.blamed("x cannot be built", {"width": 0}),
    ):
        _ = 1 // 0
    assert isinstance(told.value.__cause__, ZeroDivisionError)
    with pytest.raises(UsageError, match="the memory is full; give smaller sizes"), options.blamed("x", {"width": 9}):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes")
    with pytest.raises(NameError), options.blamed("x", {}):  # a mistake in a recipe's own code
        raise NameError("y")


def test_the_fuzzer_would_notice(tmp_path, monkeypatch):
    def broken(path):
        raise KeyError("leaked")

    monkeypatch.setattr(fuzzing.rivals, "load", broken)
    with pytest.raises(KeyError, match="leaked"):
        fuzzing.feed("config.json", 0, tmp_path)
    with pytest.raises(AssertionError, match="more than one line"):
        fuzzing.sentence(RivalsError("a\nb"))
    assert fuzzing.mutated(b"abcdefgh", random.Random(3)) == fuzzing.mutated(b"abcdefgh", random.Random(3))
