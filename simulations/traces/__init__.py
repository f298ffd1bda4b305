"""Given calls over a given travel-time matrix, to compare simulators call by call."""
