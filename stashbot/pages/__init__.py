"""Page objects: one view of Stash each. No locator stands here; all come from the registry."""
