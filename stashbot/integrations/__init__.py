"""What stashbot tells other programs."""
