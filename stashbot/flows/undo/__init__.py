"""Take back what earlier runs changed."""
