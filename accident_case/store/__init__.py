"""SQL of the schema `cases`: rows in, values out. Nothing here commits."""
