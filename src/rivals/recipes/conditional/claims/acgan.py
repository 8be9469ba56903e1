"""What is claimed of `acgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "acgan": (
        Claim(
            "label-accuracy",
            "Samples are what they were asked to be (share of them that a judge gives their label).",
            "label accuracy",
            "digits",
            also=("fid", "diversity", "real diversity"),
            options={"width": 16, "latent": 32, "rate": 5e-4, "cool": 0.5},
            steps=1500,
            batch=64,
            minutes=0.6,
            at_least=0.95,
            partly=0.9,
            quick={"steps": 200},
        ),
        Claim(
            "not-alike",
            "Samples of one class are hardly more alike than the data (MS-SSIM of pairs, less that of the data).",
            "measure:ms-ssim-excess",
            "digits",
            source="section 4.2",
            options={"width": 16, "latent": 32, "rate": 5e-4, "cool": 0.5},
            steps=1500,
            batch=64,
            minutes=0.6,
            at_most=0.05,
            partly=0.1,
            quick={"steps": 200},
        ),
    ),
}
