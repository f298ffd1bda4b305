"""Planners' scenarios in the service: made on the map, run beside the desk, compared."""
