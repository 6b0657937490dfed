"""Decide when to scrape again, and when a phase takes too long."""
