"""Keep the tag or group of each collection in step with its expression."""
