"""What is claimed of `text-attack`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "text-attack": (
        Claim(
            "textfooler",
            "Synonyms in the place of a few words bring a convolutional classifier's accuracy down from 78 % "
            "(share named rightly after, sentences alike by .7).",
            "measure:textfooler-accuracy",
            "sentiments",
            source="table 2, MR, WordCNN",
            paper=0.028,
            steps=1000,
            minutes=1.0,
            at_most=0.2,
            partly=0.5,
            reduced="Opinions of a small grammar instead of film reviews; words' vectors from the training sentences.",
            quick={"steps": 100},
        ),
        Claim(
            "topics",
            "The same on news and captions of photographs, real sentences (share named rightly after).",
            "measure:textfooler-accuracy",
            "topics",
            source="table 2",
            steps=1000,
            minutes=2.0,
            at_most=0.5,
            partly=0.8,
            reduced="Two sources that differ in much more than a few words.",
            quick={"steps": 100},
        ),
        Claim(
            "hotflip",
            "Under a bound on the likeness of words, flips along the gradient still change some classes (share of "
            "those named rightly that flip).",
            "measure:hotflip-success",
            "sentiments",
            source="section 5 of arXiv:1712.06751",
            paper=0.02,
            steps=1000,
            minutes=1.0,
            at_least=0.02,
            reduced="Opinions of a small grammar instead of the Stanford treebank.",
            quick={"steps": 100},
        ),
    ),
}
