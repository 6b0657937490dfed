"""Clean what sources return before it is judged and written."""
