"""What claims measure that is no score of a trained game: "measure:NAME" in a claim is the function of that name."""

from rivals.benchmark.measures.measure import Figure, find, measure

__all__ = ["Figure", "find", "measure"]
