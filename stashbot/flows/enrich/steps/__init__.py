"""The durable steps of enriching one scene."""
