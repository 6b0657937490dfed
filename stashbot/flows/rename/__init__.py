"""Rename files through Stash's own moving of files."""
