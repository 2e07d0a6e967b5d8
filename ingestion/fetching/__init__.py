"""Fetches what is new at the systems that companies use, over their APIs, into files to ingest.

dlt does the work: paging, retries, cursors, and packages that survive a killed process. Each record
lands as it came, as JSON in a Parquet file under `<home>/fetched/<connection>/<table>/`; from there
on it is a file like any other. What was read into raw is taken away again.
"""
