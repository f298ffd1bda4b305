"""What follows an accident: its case, and every step of it as an entry of one timeline."""
