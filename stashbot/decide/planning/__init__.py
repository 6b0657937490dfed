"""Decide what a trusted proposal changes, creates and takes back."""
