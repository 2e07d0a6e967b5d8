"""Dagster's view of the flow, one module per stage. Bodies are thin: the stages are in `Run`."""
