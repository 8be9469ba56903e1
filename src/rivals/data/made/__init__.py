"""Data that is generated: nothing to download, and its truth is known."""
