"""Use cases of what follows an accident."""
