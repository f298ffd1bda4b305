"""Where stations should stand: instances from files and cities, and climbing on in the simulator."""
