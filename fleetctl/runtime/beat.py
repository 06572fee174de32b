"""The beat of a node that has nothing to say: its last snapshot holds, and its loop has answered.

It costs no write. The file that proves the node's life (`NodeFiles.alive`) is given the moment as
its time of modification, but on the monotonic clock, which nobody can set.
"""

from typing import Optional

from . import native


def beat(descriptor: int, now: float) -> None:
    """Beat, in the open ``alive`` file; `now` is monotonic. Raises OSError."""
    moment = int(now * 1e9)
    native.utime(descriptor, ns=(moment, moment))


def beat_of(modified: float, now: float) -> Optional[float]:
    """When a node beat last, by when its ``alive`` file was modified; None while it hasn't.

    All are monotonic seconds: a file that was only created has a time of the wall clock's, which
    is decades later.
    """
    return modified if modified <= now else None
