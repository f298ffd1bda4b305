"""Where the city comes from and how it is drawn: regions, coordinates, tiles."""
