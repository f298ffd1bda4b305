"""SQL of the schema `dispatch`: rows in, values out. Nothing here commits."""
