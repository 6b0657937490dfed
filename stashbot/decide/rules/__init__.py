"""The user's rules, macros and collections."""
