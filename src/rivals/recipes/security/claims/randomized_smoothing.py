"""What is claimed of `randomized-smoothing`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "randomized-smoothing": (
        Claim(
            "mnist-radius-half",
            "Most handwritten digits are certified for norm 2 within .5 at σ = .25 (certified accuracy).",
            "measure:certified-half",
            "mnist",
            source="section 4; of MNIST it has no figure",
            options={"sigma": 0.25},
            steps=2000,
            seeds=2,
            minutes=2.5,
            at_least=0.9,
            partly=0.8,
            reduced="200 pictures and 1,000 votes instead of 500 and 100,000, on a net of 16 and 32 maps.",
            quick={"steps": 100},
        ),
        Claim(
            "noise-in-training",
            "Training under the noise raises certified accuracy within .25 (share).",
            "measure:certified-quarter",
            "digits",
            source="section 3.3",
            options={"sigma": 0.25},
            steps=1000,
            seeds=3,
            minutes=0.5,
            beats_options={"sigma": 0.0},
            lower_is_better=False,
            reduced="Digits of 8 by 8 pixels, 200 of them, and 1,000 votes.",
            quick={"steps": 100},
        ),
        Claim(
            "attack-cannot-cross",
            "PGD in norm 2 never leaves less than what is certified (certified less attacked accuracy, at worst).",
            "measure:certified-crossed",
            "digits",
            source="theorem 1",
            paper=0.0,
            options={"sigma": 0.25},
            steps=1000,
            seeds=3,
            minutes=0.5,
            at_most=0.0,
            quick={"steps": 100},
        ),
    ),
}
