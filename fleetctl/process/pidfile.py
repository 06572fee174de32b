"""The pidfile, in Celery's format: read whatever it turns out to be, removed only when stale.

Celery writes the pid and a newline (celery/platforms.py, ``Pidfile``); other tools read it, and
anything may have written to it.
"""

from __future__ import annotations

import errno
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fleetctl.process.files import NotRegular, read_regular

#: The kernel's own limit (PID_MAX_LIMIT in proc(5), pid_max).
MAX_PID = 1 << 22


@dataclass(frozen=True, slots=True)
class PidfileFacts:
    """What was found: nothing (all None), a pid, or garbage, which `problem` names.

    ``version`` tells this very file from any other written
    later; None where there is no regular file to remove.
    """

    path: Path
    pid: int | None = None
    problem: str | None = None
    version: tuple[int, int, int, bytes] | None = None


def read(path: Path) -> PidfileFacts:
    """What a pidfile holds; follows no link, waits on no fifo, raises nothing."""
    try:
        content, status = read_regular(path, 4096)
    except FileNotFoundError:
        return PidfileFacts(path)
    except NotRegular as error:
        return PidfileFacts(path, problem=f"its pidfile {error}")
    except OSError as error:
        return PidfileFacts(path, problem=_unreadable(error))
    except ValueError:
        return PidfileFacts(path, problem="its pidfile's name is none that a file can have")
    pid, problem = parse(content)
    return PidfileFacts(
        path=path,
        pid=pid,
        problem=problem,
        version=(status.st_dev, status.st_ino, status.st_mtime_ns, content),
    )


def parse(content: bytes) -> tuple[int | None, str | None]:
    """The pid, or the sentence that says why there is none; exactly one of them is None."""
    lines = content.decode("utf-8", "replace").split("\n")
    text = lines[0].strip()
    if not content.strip():
        return None, "its pidfile is empty"
    if any(line.strip() for line in lines[1:]):
        return None, "its pidfile has more than one line"
    if not text.removeprefix("-").isdecimal() or not text.isascii():
        return None, f"its pidfile holds {text[:20]!r}, not a pid"
    pid = int(text) if len(text) <= 20 else MAX_PID + 1
    if pid <= 1 or pid > MAX_PID:
        return None, f"its pidfile holds {text[:20]}, which can't be a worker's pid"
    if pid == os.getpid():
        return None, f"its pidfile holds {pid}, the pid of this very fleetctl"
    return pid, None


def remove_stale(seen: PidfileFacts) -> bool:
    """Remove a pidfile if it still is the one that was seen; whether it is out of the way.

    A pidfile that a new worker has written since is put back untouched. Raises OSError
    where the folder can't be written.
    """
    if read(seen.path).version != seen.version or seen.version is None:
        return not os.path.lexists(seen.path)
    aside = _aside(seen.path)
    try:
        seen.path.rename(aside)
    except FileNotFoundError:
        aside.unlink()
        return True
    if read(aside).version != seen.version:
        _put_back(aside, seen.path)
        return False
    aside.unlink()
    return True


def clear(path: Path) -> bool:
    """Remove a pidfile that no living process stands behind; whether none is left."""
    facts = read(path)
    if facts.pid is not None and exists(facts.pid):
        return False
    return remove_stale(facts)


def exists(pid: int) -> bool:
    """Whether there is a process with this pid, anyone's, zombies included."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _aside(path: Path) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    os.close(descriptor)
    return Path(name)


def _put_back(aside: Path, path: Path) -> None:
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        # A third worker's is there by now; it has judged for itself that the place was free.
        aside.unlink()
    else:
        aside.unlink()


def _unreadable(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "its pidfile is a symbolic link"
    return f"its pidfile can't be read: {(error.strerror or str(error)).lower()}"
