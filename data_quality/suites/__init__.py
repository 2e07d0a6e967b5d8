"""The suites of both gates, as functions from a database's own history to expectations."""
