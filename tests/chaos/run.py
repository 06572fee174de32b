"""Doing one fault from beginning to end, wherever it has to be done."""

from __future__ import annotations

import time
from pathlib import Path

from tests.chaos import faults  # noqa: F401 - enters them all
from tests.chaos.fault import Fault, NotPossible, Outcome, attempt, impossible
from tests.chaos.ground import FreshVhost, Ground
from tests.chaos.namespaces import attempt_apart


def run(subject: Fault, folder: Path, times: int, fresh_vhost: FreshVhost | None = None) -> Outcome:
    """Do `subject` so many times in `folder`, in its own namespaces if it wants any."""
    if not subject.namespaces:
        with Ground(folder, fresh_vhost) as ground:
            return attempt(subject, ground, times)
    began = time.monotonic()
    try:
        return attempt_apart(subject, folder, times)
    except NotPossible as why:
        return impossible(subject, why, began)
    except AssertionError as error:
        return Outcome(subject.name, 0, False, str(error), time.monotonic() - began)
