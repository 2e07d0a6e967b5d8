"""Statistics that SQL cannot do: pure functions on arrays, run between the two dbt calls.

Each topic is a module; `steps` lists what is computed from which models. Nothing here reads a
file or a database.
"""
