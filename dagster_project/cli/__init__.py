"""`cx`, the shell door: `parser` knows the commands' arguments, the other modules what they do."""

from dagster_project.cli.parser import main

__all__ = ["main"]
