"""Many generators, many critics."""
