"""What goes wrong in a training, from signals that cost next to nothing: symptom, evidence, remedy."""
