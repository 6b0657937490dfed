"""Parts of the pytest plugin, imported when needed, and helpers of tests and benchmarks."""
