"""Enrich one scene: ask sources, plan, apply, save, organize."""
