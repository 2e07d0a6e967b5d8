"""What every test stands on: no setting of the machine that it runs on."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# The machines are slow and shared: how long an example takes is no finding.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _settings_of_nobody() -> Iterator[None]:
    """A developer's own CX_* variables must not decide whether a test passes."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("CX_")]:
            if name not in ("CX_DATASETS", "CX_REFERENCE_CASES"):
                patch.delenv(name)
        yield
