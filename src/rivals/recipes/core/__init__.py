"""One generator, one critic."""
