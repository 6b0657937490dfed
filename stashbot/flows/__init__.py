"""What stashbot does with scenes, on the durable engine."""
