"""`python -m dagster_project.cli`, for where the `cx` script is not on PATH."""

import sys

from dagster_project.cli import main

sys.exit(main())
