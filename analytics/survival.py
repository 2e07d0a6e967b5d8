"""Do several groups keep their people equally long? The log-rank test (metrics.md 2.24).

The curve itself is SQL (`kaplan_meier` in dbt_project/macros/metrics/survival.sql); the test of k
groups needs a matrix, so it is here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

Floats = npt.NDArray[np.float64]


UNKNOWN = "unknown"
# Eigenvalues of the covariance below this share of its largest entry are rounding.
TOLERANCE = 1e-9
KEY = ("what", "event", "group_name")
SCHEMA = pa.schema(
    [
        ("what", pa.string()),
        ("event", pa.string()),
        ("group_name", pa.string()),
        ("logrank_chi2", pa.float64()),
        ("logrank_df", pa.int32()),
        ("logrank_p", pa.float64()),
    ]
)


@dataclass(frozen=True)
class LogRank:
    """Result of a log-rank test of k groups.

    `observed` and `expected` hold events per group, in the order of `groups`; `chi2` has
    `degrees_of_freedom` = groups that could differ, less one. Where nothing can be compared (fewer
    than two groups ever at risk together, or no event then), `chi2` and `p` are None.
    """

    groups: tuple[object, ...]
    observed: Floats
    expected: Floats
    degrees_of_freedom: int
    chi2: float | None
    p: float | None


def log_rank(
    duration: npt.ArrayLike,
    event: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
) -> LogRank:
    """Tests whether k groups have the same survival curve (Mantel 1966; Peto and Peto 1972).

    duration, event, group: shape (n,), any unit of time; event is false where the unit was only
    last seen. entry: shape (n,), when each unit came under observation (left truncation), at risk
    from after that time; -inf or None: from the start. Event and censoring at one time: the event
    comes first. The order of the rows does not matter.

    Raises ValueError for arrays of different lengths or durations that are no numbers.
    """
    time, happened = np.asarray(duration, np.float64), np.asarray(event, np.bool_)
    names, member = np.unique(np.asarray(group), return_inverse=True)
    start = np.full(time.shape, -np.inf) if entry is None else np.asarray(entry, np.float64)
    if not time.shape == happened.shape == member.shape == start.shape or time.ndim != 1:
        raise ValueError("duration, event, group and entry must be of one length")
    if np.isnan(time).any() or np.isnan(start).any():
        raise ValueError("durations and entries must be numbers")
    observed_at_all = start < time
    time, happened, start = time[observed_at_all], happened[observed_at_all], start[observed_at_all]
    member = member[observed_at_all]

    moments = np.unique(time[happened])
    if not len(moments):
        none = np.zeros(len(names))
        return LogRank(tuple(names.tolist()), none, none, 0, None, None)
    by_group = [member == number for number in range(len(names))]
    events = np.stack([_count(time[own & happened], moments) for own in by_group], axis=1)
    at_risk = np.stack(
        [
            np.searchsorted(np.sort(start[own]), moments, side="left")
            - np.searchsorted(np.sort(time[own]), moments, side="left")
            for own in by_group
        ],
        axis=1,
    ).astype(np.float64)
    return _tested(tuple(names.tolist()), events, at_risk)


def _count(times: Floats, moments: Floats) -> Floats:
    """How many of `times` fall on each of the sorted, unique `moments`."""
    ordered = np.sort(times)
    counts = np.searchsorted(ordered, moments, side="right") - np.searchsorted(
        ordered, moments, side="left"
    )
    return counts.astype(np.float64)


def _tested(groups: tuple[object, ...], events: Floats, at_risk: Floats) -> LogRank:
    """events, at_risk: shape (moments, groups)."""
    all_events, all_at_risk = events.sum(axis=1), at_risk.sum(axis=1)
    share = at_risk / all_at_risk[:, np.newaxis]
    expected = (all_events[:, np.newaxis] * share).sum(axis=0)
    # hypergeometric covariance of the events at each moment; of one unit at risk it is 0
    spread = all_events * (all_at_risk - all_events) / np.maximum(all_at_risk - 1, 1)
    covariance = np.diag((spread[:, np.newaxis] * share).sum(axis=0)) - np.einsum(
        "t,ti,tj->ij", spread, share, share
    )
    observed = events.sum(axis=0)
    # The groups' excesses add up to 0, so that of k groups at most k - 1 are free, and rounding
    # must not count one more; fewer where a group is never at risk together with others.
    scale = np.abs(covariance).max() if len(groups) > 1 else 0.0
    rank = (
        int(np.linalg.matrix_rank(covariance, tol=TOLERANCE * scale, hermitian=True))
        if scale > 0
        else 0
    )
    if rank == 0:
        return LogRank(groups, observed, expected, 0, None, None)
    excess = observed - expected
    # the generalised inverse gives what leaving out any one group gives
    inverse = np.linalg.pinv(covariance, rcond=TOLERANCE, hermitian=True)
    chi2 = float(excess @ inverse @ excess)
    return LogRank(groups, observed, expected, rank, chi2, float(stats.chi2.sf(chi2, rank)))


def compare_groups(units: pa.Table) -> pa.Table:
    """The log-rank test of every kind of group.

    Args:
        units: one row per unit and kind of group it is in: what, event, group_name, member,
            duration, has_event, entry (null: from the start), is_compared (false: passed
            over). The member "unknown" is not compared: of whom nothing is known is often not
            recognised either when coming back.

    Returns:
        SCHEMA: one row per what, event and group_name whose members can be compared.
    """
    known = units.filter((pc.field("member") != UNKNOWN) & pc.field("is_compared"))
    columns = {name: known[name].to_numpy(zero_copy_only=False) for name in known.column_names}
    kinds: dict[tuple[str, ...], list[int]] = {}
    for place, kind in enumerate(zip(*(columns[name] for name in KEY), strict=True)):
        kinds.setdefault(kind, []).append(place)
    found = []
    for kind, places in sorted(kinds.items()):
        entry = np.array(columns["entry"][places], np.float64)
        result = log_rank(
            columns["duration"][places].astype(np.float64),
            columns["has_event"][places].astype(np.bool_),
            columns["member"][places].astype(str),
            entry=np.where(np.isnan(entry), -np.inf, entry),
        )
        if result.chi2 is not None:
            found.append((*kind, result.chi2, result.degrees_of_freedom, result.p))
    rows = [dict(zip(SCHEMA.names, row, strict=True)) for row in found]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
