"""Attack and defence."""
