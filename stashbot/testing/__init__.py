"""Parts of the pytest plugin, which ``stashbot.pytest_plugin`` imports when they are needed."""
