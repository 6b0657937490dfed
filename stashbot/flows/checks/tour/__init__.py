"""Visit the states of Stash's UI and check the selector keys of each."""
