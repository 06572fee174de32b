"""One nodename on one broker, once a machine: whoever runs it holds a lock in the registry.

Two workers of one nodename answer each other's remote control and corrupt each other's mingle
(celery/celery#2938); two release folders of one application start just that.
"""

import fcntl
import hashlib
import json
import os
import stat
from typing import Any, Dict, List, Optional

from . import native


class Held(Exception):
    """Another live node holds the lease: `fleet` is its folder, where known, `pid` its process."""

    def __init__(self, nodename: str, fleet: Optional[str], pid: Optional[int]) -> None:
        where = f" from {fleet}" if fleet else ""
        which = f" (pid {pid})" if pid else ""
        super().__init__(f"{nodename} is already running{where}{which}")


class Lease:
    """Held as long as the process lives: POSIX locks die with it and pool children get none."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def touch(self) -> None:
        """Keep cleaners of old temporary files away. Raises OSError."""
        native.utime(self._descriptor)


def take(registry: str, nodename: str, fleet: str, broker: Dict[str, Any]) -> Lease:
    """Take the lease of `nodename` on the broker that `broker_of` describes.

    Raises Held, and OSError where the registry can't be trusted or written.
    """
    _own_folder(registry)
    key = json.dumps([nodename, broker], sort_keys=True, default=str).encode("utf-8")
    path = os.path.join(registry, hashlib.sha256(key).hexdigest() + ".lease")
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            holder = _read(descriptor)
            os.close(descriptor)
            raise Held(nodename, holder.get("fleet"), holder.get("pid")) from None
        if _is_still(descriptor, path):
            break
        os.close(descriptor)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps({"fleet": fleet, "pid": os.getpid()}).encode("utf-8"), 0)
    return Lease(descriptor)


def broker_of(connection: Any) -> Optional[Dict[str, Any]]:
    """What tells one broker from another, of a kombu Connection; None for one inside the process.

    Neither user nor password: two users of one virtual host meet in the same queues.
    """
    facts = connection.info()
    if facts["transport"] == "memory":
        return None
    names = ("data_folder_in", "control_folder", "global_keyprefix")
    options = facts.get("transport_options") or {}
    told: List[str] = ["transport", "hostname", "port", "virtual_host"]
    described = {name: facts.get(name) for name in told}
    described.update({name: str(options[name]) for name in names if name in options})
    return described


def _own_folder(path: str) -> None:
    os.makedirs(path, mode=0o700, exist_ok=True)
    facts = os.lstat(path)
    if not stat.S_ISDIR(facts.st_mode):
        raise NotADirectoryError(20, "Not a directory", path)
    if facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
        raise PermissionError(13, "Must belong to the user alone, mode 0700", path)


def _read(descriptor: int) -> Dict[str, Any]:
    try:
        holder = json.loads(os.pread(descriptor, 65536, 0).decode("utf-8"))
    except ValueError:
        return {}
    return holder if isinstance(holder, dict) else {}


def _is_still(descriptor: int, path: str) -> bool:
    # A cleaner may have unlinked it between open and lock: then others lock another file.
    try:
        named = os.stat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), named)
