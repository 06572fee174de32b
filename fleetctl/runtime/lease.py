"""One nodename on one broker, once a machine: whoever runs it holds a lock in the registry.

Two workers of one nodename answer each other's remote control and corrupt each other's mingle
(celery/celery#2938); two release folders of one application start just that.
"""

import fcntl
import hashlib
import json
import os
import stat
from typing import Any, Dict, Optional

from . import native

_SAME_TRANSPORT = {"rediss": "redis", "amqps": "amqp", "pyamqp": "amqp"}
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Held(Exception):
    """Another live node holds the lease.

    `fleet` is its folder and `pid` its process, where known; `own` is the caller's folder.
    """

    def __init__(self, nodename: str, own: str, fleet: Optional[str], pid: Optional[int]) -> None:
        where = f" from {fleet}" if fleet else ""
        if fleet and os.path.realpath(fleet) == os.path.realpath(own):
            where = " from this very folder"
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
    own_folder(registry)
    key = json.dumps([nodename, broker], sort_keys=True, default=str).encode("utf-8")
    path = os.path.join(registry, hashlib.sha256(key).hexdigest() + ".lease")
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            holder = _read(descriptor)
            os.close(descriptor)
            raise Held(nodename, fleet, holder.get("fleet"), holder.get("pid")) from None
        if _is_still(descriptor, path):
            break
        os.close(descriptor)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps({"fleet": fleet, "pid": os.getpid()}).encode("utf-8"), 0)
    return Lease(descriptor)


def place_of(registry: str, rundir: str, name: str) -> str:
    """The file that node `name` of `rundir` keeps locked while it lives.

    It is outside of `rundir`: it still proves the life of a node whose rundir somebody has deleted.
    """
    key = json.dumps([os.path.realpath(rundir), name]).encode("utf-8")
    return os.path.join(registry, hashlib.sha256(key).hexdigest() + ".node")


def broker_of(facts: Dict[str, Any]) -> Optional[Dict[str, str]]:
    """What tells one broker from another, of a kombu Connection's `info`.

    None for one inside the process. However it is spelt: ``redis://localhost`` and
    ``redis://127.0.0.1:6379/0`` are one. Neither user nor password: two users of one virtual
    host meet in the same queues.
    """
    transport = str(facts["transport"])
    transport = _SAME_TRANSPORT.get(transport, transport)
    if transport == "memory":
        return None
    options = facts.get("transport_options") or {}
    if transport == "filesystem":
        return {"transport": transport, **_folders(options)}
    described = {
        "transport": transport,
        "hostname": _host(str(facts.get("hostname") or "localhost")),
        "port": str(facts.get("port") or ""),
        "virtual_host": _virtual_host(transport, str(facts.get("virtual_host") or "/")),
    }
    if "global_keyprefix" in options:
        described["global_keyprefix"] = str(options["global_keyprefix"])
    return described


def _folders(options: Dict[str, Any]) -> Dict[str, str]:
    # The defaults are those of kombu.transport.filesystem, under the working directory.
    defaults = {"data_folder_in": "data_in", "control_folder": "control"}
    return {
        name: os.path.realpath(str(options.get(name, default)))
        for name, default in defaults.items()
    }


def _host(name: str) -> str:
    name = name.strip("[]").lower()
    return "localhost" if name in _LOCAL else name


def _virtual_host(transport: str, name: str) -> str:
    if transport == "redis":  # its database number, whose default is 0
        return name.strip("/") or "0"
    return name


def own_folder(path: str) -> None:
    """Make the registry where it is missing; raises OSError where it can't be trusted."""
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
