"""Enrich a scene: ask sources, plan, apply, save, organize."""
