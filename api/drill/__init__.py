"""A drill: simulated crews and accidents that know the service by its public HTTP API alone."""
