"""What is claimed of `qugan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "qugan": (
        Claim(
            "bell",
            "The generator learns an entangled state of two qubits (fidelity).",
            "measure:fidelity",
            "bell",
            steps=250,
            minutes=0.45,
            at_least=0.98,
        ),
        Claim(
            "ghz",
            "The generator learns an entangled state of three qubits (fidelity).",
            "measure:fidelity",
            "ghz",
            steps=400,
            minutes=0.9,
            at_least=0.98,
        ),
    ),
}
