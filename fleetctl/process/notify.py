"""The socket on which starting nodes say how they are: the sd_notify protocol, receiving end.

Source: sd_notify(3), unix(7) on SCM_CREDENTIALS.
"""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass

_CREDENTIALS = struct.Struct("3i")
_ANCILLARY = socket.CMSG_SPACE(_CREDENTIALS.size)


@dataclass(frozen=True, slots=True)
class Notice:
    """One datagram: the pid that the kernel vouches for, and its ``KEY=value`` lines."""

    pid: int
    values: dict[str, str]

    @property
    def ready(self) -> bool:
        return self.values.get("READY") == "1"

    @property
    def status(self) -> str | None:
        return self.values.get("STATUS")


class NotifySocket:
    """Receives notices from the caller's own processes; strangers' datagrams are dropped.

    The address is in Linux's abstract namespace: it leaves no file behind, however fleetctl ends.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind("")
        name = self._socket.getsockname()
        self.address = "@" + name[1:].decode("ascii")

    def fileno(self) -> int:
        return self._socket.fileno()

    def receive(self) -> list[Notice]:
        """All notices that have come."""
        notices: list[Notice] = []
        while True:
            try:
                data, ancillary, _, _ = self._socket.recvmsg(65536, _ANCILLARY)
            except BlockingIOError:
                return notices
            pid = _trusted_pid(ancillary)
            if pid is not None:
                notices.append(Notice(pid, _parse(data)))

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> NotifySocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _trusted_pid(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            pid, uid, _ = _CREDENTIALS.unpack(data[: _CREDENTIALS.size])
            return int(pid) if uid == os.getuid() else None
    return None


def _parse(data: bytes) -> dict[str, str]:
    lines = data.decode("utf-8", "replace").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)
