"""What stands at a path, also where the caller may not look.

`Path.is_file` and its like raise PermissionError before Python 3.14 where a folder on the way is
closed to the caller.
"""

from __future__ import annotations

import os
from pathlib import Path

RUNDIR = "run"
"""The rundir of a fleet.yaml that names none."""


def is_file(path: Path) -> bool:
    """Whether a file is seen there; never raises."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether a folder is seen there; never raises."""
    return os.path.isdir(path)  # noqa: PTH112


def unfit(path: Path, wanted: str) -> str:
    """Why what is at `path` isn't what is `wanted`: ``isn't a folder``, ``doesn't exist``, …"""
    try:
        path.stat()
    except PermissionError:
        return "can't be looked at: permission denied"
    except OSError:
        # A link that leads nowhere is something, too.
        return f"isn't {wanted}" if os.path.lexists(path) else "doesn't exist"
    return f"isn't {wanted}"


def is_missing(path: Path) -> bool:
    """Whether there certainly is nothing, not even a link that leads nowhere."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
