"""Who goes where, and why: the problem, the policies that solve it, and the answer for every unit."""
