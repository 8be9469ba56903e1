"""What a batch is, and where it comes from."""
