"""What is claimed of `stylegan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "stylegan": (
        Claim(
            "layers",
            "Coarse layers' styles change what a digit is more often than fine layers' do (difference of the shares "
            "of pictures whose class changes).",
            "measure:style-layers",
            "digits",
            source="section 3.1",
            options={"width": 16, "most": 32, "latent": 32, "depth": 2, "rate": 1e-2, "view": None},
            steps=600,
            batch=32,
            minutes=0.6,
            at_least=0.1,
            partly=0.0,
        ),
        Claim(
            "path-length",
            "The regulariser makes paths between styles shorter.",
            "measure:style-path-length",
            "digits",
            source="arXiv:1912.04958, section 3.2",
            options={"width": 16, "most": 32, "latent": 32, "depth": 2, "rate": 1e-2, "view": None},
            steps=600,
            batch=32,
            minutes=0.6,
            beats_options={"path_weight": 0.0},
        ),
        Claim(
            "truncation",
            "Truncated styles give better pictures and fewer of them (the smaller of the gain in precision and the "
            "loss of recall at half the spread).",
            "measure:style-truncation",
            "digits",
            source="appendix B",
            options={"width": 16, "most": 32, "latent": 32, "depth": 2, "rate": 1e-2, "view": None},
            steps=600,
            batch=32,
            minutes=0.6,
            at_least=0.02,
            partly=0.0,
        ),
        Claim(
            "few",
            "With a hundred pictures, adaptive augmentation gives a lower FID.",
            "fid",
            "digits-100",
            source="arXiv:2006.06676, section 4",
            also=("precision", "recall"),
            options={
                "width": 16,
                "most": 32,
                "latent": 32,
                "depth": 2,
                "rate": 1e-2,
                "view": "ada(reals=10000)",
            },
            steps=1_000,
            batch=32,
            minutes=1.0,
            beats_options={"view": None},
        ),
    ),
}
