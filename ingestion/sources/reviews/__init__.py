"""Platforms on which customers review a company in public."""
