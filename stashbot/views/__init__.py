"""Read-only answers that the command line, server and overlay share."""
