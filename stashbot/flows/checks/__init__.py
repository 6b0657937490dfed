"""Check an installation: selectors, smoke run, upgrade rehearsal, doctor, recording."""
