"""What the simulation knows at a moment, and what it remembers for the true answers."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ingestion.sample_company.ledger import Ledger
from ingestion.sample_company.people import Browsers, Members, Strangers
from ingestion.sample_company.timeline import Ints, Plan

Facts = dict[str, npt.NDArray[Any]]
"""Columns of equal length."""


class History:
    """Clean facts per subject, kept for `truth`, month after month."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Facts]] = defaultdict(list)

    def note(self, subject: str, facts: Facts) -> None:
        """Remembers facts of one month."""
        self._parts[subject].append(facts)

    def all(self, subject: str) -> Facts:
        """All facts of a subject, in the order in which they were noted."""
        parts = self._parts[subject]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


@dataclass
class Subscriptions:
    """Who subscribes since when, at what price; `is_open` until they leave."""

    member: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    started: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    price: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    is_open: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))


@dataclass
class World:
    """The company and its people at one moment of the simulation."""

    plan: Plan
    members: Members
    employees: int
    accounts: int
    browsers: Browsers = field(default_factory=Browsers)
    strangers: Strangers = field(default_factory=Strangers)
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    ledger: Ledger = field(default_factory=Ledger)
    history: History = field(default_factory=History)

    def scaled(self, share: float, *, at_least: int = 1) -> int:
        """A monthly volume in proportion to the company."""
        return max(at_least, round(self.plan.customers / self.plan.months * share))

    def export_day(self, day: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """What lies before the history is exported on its first day."""
        return np.maximum(day, self.plan.month(0).first_day).astype(np.int32)
