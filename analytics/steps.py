"""What is computed between the two dbt calls: from which models, into which table.

A new statistic is a module with a function from tables to a table, a line here, and a table of
the source `analytics` in dbt_project/models/analytics.yml, which later models read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from analytics import bootstrap, nonresponse, paths, survey_weights, survival


@dataclass(frozen=True)
class Step:
    """One table of the schema `analytics`.

    Attributes:
        table: its name.
        reads: the dbt models it is computed from, as schema.model; each is handed over sorted by
            all its columns, so that a result cannot depend on the order of rows.
        schema: its columns, which the result has exactly.
        run: from the tables of `reads`, in their order, to the result.
    """

    table: str
    reads: tuple[str, ...]
    schema: pa.Schema
    run: Callable[..., pa.Table]


STEPS = (
    Step(
        table="survey_weights",
        reads=("intermediate.int_answers_stratified",),
        schema=survey_weights.SCHEMA,
        run=survey_weights.weigh_surveys,
    ),
    Step(
        table="touchpoint_effects",
        reads=("intermediate.int_path_counts",),
        schema=paths.SCHEMA,
        run=paths.touchpoint_effects,
    ),
    Step(
        table="nonresponse",
        reads=("intermediate.int_nonresponse_counts",),
        schema=nonresponse.SCHEMA,
        run=nonresponse.compare_surveys,
    ),
    Step(
        table="ratio_intervals",
        reads=("intermediate.int_ratios_subscriptions",),
        schema=bootstrap.SCHEMA,
        run=bootstrap.ratio_intervals,
    ),
    Step(
        table="survival_tests",
        reads=("intermediate.int_survival_units",),
        schema=survival.SCHEMA,
        run=survival.compare_groups,
    ),
)
