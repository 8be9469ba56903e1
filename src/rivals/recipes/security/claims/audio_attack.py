"""What is claimed of `audio-attack`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "audio-attack": (
        Claim(
            "chosen",
            "Any sound can be made to be transcribed as any chosen word (share of sounds).",
            "measure:chosen-transcript",
            "keywords",
            source="section III.B",
            paper=1.0,
            minutes=2.0,
            at_least=0.95,
            partly=0.8,
            reduced="Words of eight letters spelled in tones instead of recorded sentences, a small recogniser.",
            quick={"steps": 100},
        ),
        Claim(
            "quiet",
            "The noise that this takes is quiet beside the sound (mean decibels, largest against largest number).",
            "measure:chosen-transcript-decibels",
            "keywords",
            source="section III.B",
            paper=-31.0,
            minutes=2.0,
            at_most=-31.0,
            partly=-20.0,
            reduced="Words of eight letters spelled in tones instead of recorded sentences, a small recogniser.",
            quick={"steps": 100},
        ),
    ),
}
