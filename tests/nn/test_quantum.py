"""Circuits: states of norm 1, expectations in [-1, 1], gradients of finite differences."""

import importlib
import math

import pytest
import torch

from rivals import catalog, registry
from rivals.benchmark.measures.quantum import fidelity
from rivals.data import named
from rivals.data.specs import Points
from rivals.errors import RivalsError, UsageError
from rivals.nn import quantum


def test_only_powers_of_two_are_states() -> None:
    assert [quantum.qubits(n) for n in (2, 4, 16)] == [1, 2, 4]
    for wrong in (1, 3, 6, 2048):
        with pytest.raises(UsageError, match=f"these points have {wrong}"):
            quantum.qubits(wrong)


def test_ghz_amplitudes() -> None:
    torch.testing.assert_close(named.load("ghz", qubits=4).first("point", 2)[1, [0, 15]], torch.full((2,), 0.5**0.5))
    torch.testing.assert_close(named.load("bell").first("point", 1)[0], torch.tensor([1.0, 0.0, 0.0, 1.0]) / 2**0.5)
    with pytest.raises(UsageError, match="between 2 and 10, not 1"):
        named.load("ghz", qubits=1)


def test_without_pennylane_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(quantum.importlib, "import_module", missing)
    with pytest.raises(RivalsError, match=r"need PennyLane: pip install 'rivals\[quantum\]'"):
        quantum.Prepared(2, 1)


class TestWithPennyLane:
    @pytest.fixture(autouse=True)
    def _pennylane(self) -> None:
        if importlib.util.find_spec("pennylane") is None:
            pytest.skip("PennyLane is not installed: pip install 'rivals[quantum]'")

    def test_one_rotation_is_known(self) -> None:
        circuit = quantum.Prepared(1, 1)
        with torch.no_grad():
            circuit.angles.fill_(0.8)
        expected = torch.tensor([[math.cos(0.4), math.sin(0.4)]]).expand(3, 2)
        torch.testing.assert_close(circuit(torch.zeros(3, 1)), expected)

    def test_a_rotation_and_a_controlled_not_make_the_bell_state(self) -> None:
        circuit = quantum.Prepared(2, 1)
        with torch.no_grad():
            circuit.angles.copy_(torch.tensor([[math.pi / 2, 0.0]]))
        torch.testing.assert_close(circuit(torch.zeros(1, 1)), named.load("bell").first("point", 1))

    def test_states_have_norm_1_and_measurements_stay_in_range(self) -> None:
        states = quantum.Prepared(3, 2)(torch.zeros(2, 1))
        torch.testing.assert_close(torch.linalg.vector_norm(states, dim=1), torch.ones(2))
        measured = quantum.Measured(8, 1, 2)(torch.randn(20, 8))
        assert measured.shape == (20,)
        assert measured.abs().max() <= 1

    def test_gradients_are_those_of_finite_differences(self) -> None:
        state, critic = quantum.Prepared(2, 1).double(), quantum.Measured(4, 1, 1).double()
        z, h = torch.zeros(1, 1), 1e-5
        for angles in (state.angles, critic.angles):
            (found,) = torch.autograd.grad(critic(state(z)).sum(), angles)
            flat = angles.data.view(-1)
            there = flat[0].item()
            flat[0] = there + h
            up = critic(state(z)).item()
            flat[0] = there - h
            down = critic(state(z)).item()
            flat[0] = there
            assert found.view(-1)[0].item() == pytest.approx((up - down) / (2 * h), abs=1e-6)

    def test_fidelity_of_known_states(self, tmp_path) -> None:
        game = registry.create("qugan", Points(4), layers=1, critic_layers=1)
        with torch.no_grad():
            game.generator.net.angles.copy_(torch.tensor([[math.pi / 2, 0.0]]))
        game.save_pretrained(tmp_path / "model")
        assert fidelity(tmp_path / "model", "bell", 0, None).value == pytest.approx(1.0)

    def test_other_points_are_refused(self) -> None:
        assert "qugan" in catalog.entries()
        with pytest.raises(UsageError, match="these points have 3"):
            registry.create("qugan", Points(3))
        with pytest.raises(UsageError, match="bath must be at least 0, not -1"):
            registry.create("qugan", Points(4), bath=-1)
