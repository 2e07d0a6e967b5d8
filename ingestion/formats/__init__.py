"""How to read one file: CSV, JSON Lines and Parquet, each into a raw table, all columns as text."""
