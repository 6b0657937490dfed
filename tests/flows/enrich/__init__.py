"""The way of a scene through a run."""
