"""Tidy titles, dates and spaces in the edit form."""
