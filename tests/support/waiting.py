"""Wait for a condition with a deadline, and say what was waited for when it passes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(
    condition: Callable[[], T],
    *,
    timeout: float,
    what: str,
    detail: Callable[[], object] | None = None,
) -> T:
    """The condition's first truthy value.

    Raises AssertionError after `timeout` seconds, with what `detail` then gives.
    """
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            seen = detail() if detail else repr(value)
            raise AssertionError(f"waited {timeout:g} s for {what}; at last: {seen}")
        time.sleep(0.02)
    return value
