"""What the pytest plugin is made of; ``stashbot.pytest_plugin`` imports it when it is needed."""
