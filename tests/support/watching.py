"""Whether a process watches files: `logs -f` has then begun."""

from __future__ import annotations

from pathlib import Path


def watches(pid: int) -> bool:
    """Whether it has anything watched by inotify(7)."""
    try:
        infos = [info.read_text() for info in Path(f"/proc/{pid}/fdinfo").iterdir()]
    except OSError:
        return False  # one was closed at this moment
    return any("inotify wd" in info for info in infos)
