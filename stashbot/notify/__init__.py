"""Webhooks: tell other programs what a run did."""
