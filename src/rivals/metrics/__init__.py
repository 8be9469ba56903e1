"""What a trained game is worth: judges, metrics, and the protocol that a score carries."""
