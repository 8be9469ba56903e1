"""The studio: a page on this machine on which a trained model does what it can, and a run is watched."""
