"""The compiled inner loop of the simulator: arrays in, arrays out, no object per event."""
