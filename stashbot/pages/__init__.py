"""Page objects, one for each view of Stash. Locators come from the selector registry."""
