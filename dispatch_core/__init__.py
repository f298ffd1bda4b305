"""Who goes where, and why: no web, no files, no clock."""
