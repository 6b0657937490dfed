"""The durable steps of enriching a scene."""
