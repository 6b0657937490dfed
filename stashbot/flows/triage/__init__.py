"""Apply what a person accepted in triage."""
