"""Who could be reached in time: demand, the cover that free units give it, and moves that restore cover."""
