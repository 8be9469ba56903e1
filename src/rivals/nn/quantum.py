"""Parametrised quantum circuits as modules: exact state vectors by PennyLane, which is only imported when one is made.

Gates are rotations RY and controlled NOTs, which keep amplitudes real, so that a state is a vector of plain numbers.
"""

from __future__ import annotations

import importlib
import math
from typing import Any

import torch
from torch import Tensor, nn

from rivals.errors import RivalsError, UsageError

MOST = 10
"""Qubits; a state has 2^n amplitudes."""


def qubits(amplitudes: int) -> int:
    """N for 2^n amplitudes.

    Raises:
        UsageError: for another number.
    """
    n = amplitudes.bit_length() - 1
    if amplitudes < 2 or 2**n != amplitudes or n > MOST:
        raise UsageError(f"a state of 1 to {MOST} qubits has 2, 4, 8, … amplitudes, and these points have {amplitudes}")
    return n


class Circuit(nn.Module):
    """Layers of one RY(α) a wire and a chain of controlled NOTs, on `wires` qubits.

    Args:
        wires: qubits.
        layers: at least 1; angles (layers, wires) start uniform in [0, 2π).

    Raises:
        UsageError: for no layer.
        RivalsError: where PennyLane is not installed.
    """

    def __init__(self, wires: int, layers: int) -> None:
        super().__init__()
        if layers < 1:
            raise UsageError(f"a circuit needs at least 1 layer, not {layers}")
        _pennylane()
        self.wires, self.angles = wires, nn.Parameter(2 * math.pi * torch.rand(layers, wires))

    def gates(self) -> None:
        """Queue all gates of the circuit."""
        qml = _pennylane()
        for layer in self.angles.double():
            for wire in range(self.wires):
                qml.RY(layer[wire], wires=wire)
            for wire in range(self.wires - 1):
                qml.CNOT(wires=[wire, wire + 1])

    def played(self, circuit: Any) -> Any:
        """What a circuit's measurement gives, differentiable in the angles."""
        qml = _pennylane()
        device = qml.device("default.qubit", wires=self.wires)
        return qml.QNode(circuit, device, interface="torch", diff_method="backprop")()


class Prepared(Circuit):
    """The state that the circuit makes of |0…0⟩, whatever the latent: (N, L) -> amplitudes (N, 2^n)."""

    def forward(self, z: Tensor) -> Tensor:
        """See the class."""

        def circuit() -> Any:
            self.gates()
            return _pennylane().state()

        state: Tensor = self.played(circuit)
        return state.real.to(self.angles).expand(len(z), -1)


class Measured(Circuit):
    """⟨Z⟩ of the last wire after the circuit on states and a bath in |0…0⟩: amplitudes (N, 2^n) -> (N,) in [-1, 1].

    Args:
        amplitudes: 2^n; rows are divided by their norm.
        bath: further qubits.
        layers: of the circuit.
    """

    def __init__(self, amplitudes: int, bath: int, layers: int) -> None:
        self.seen = qubits(amplitudes)
        super().__init__(self.seen + bath, layers)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        qml, state = _pennylane(), x.double()
        state = state / torch.linalg.vector_norm(state, dim=1, keepdim=True).clamp_min(1e-12)

        def circuit() -> Any:
            qml.StatePrep(state, wires=range(self.seen), normalize=False, validate_norm=False)
            self.gates()
            return qml.expval(qml.PauliZ(self.wires - 1))

        measured: Tensor = self.played(circuit)
        return measured.to(self.angles)


def _pennylane() -> Any:
    try:
        return importlib.import_module("pennylane")
    except ImportError:
        raise RivalsError("quantum circuits need PennyLane: pip install 'rivals[quantum]'") from None
