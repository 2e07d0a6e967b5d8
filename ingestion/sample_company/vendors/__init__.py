"""The made-up company as the tools of companies would tell of it."""
