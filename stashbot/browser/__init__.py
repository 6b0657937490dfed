"""Finding and launching a browser, guarded sessions, actions in the page, and evidence."""
