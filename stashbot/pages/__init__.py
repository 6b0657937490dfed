"""Page objects: the views of Stash. Their locators come from the selector registry."""
