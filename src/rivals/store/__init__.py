"""A run's folder, and models that outlive it."""
