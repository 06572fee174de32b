"""The sd_notify protocol: the node says how it is to whoever waits, systemd or fleetctl.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

import errno
import os
import socket

from . import native

FULL = (errno.EAGAIN, errno.ENOBUFS)


class Notifier:
    """Sends datagrams, never waits and never fails.

    ``address`` is a path, or ``@name`` for an abstract socket; an empty one says nothing.
    """

    def __init__(self, address: str, watchdog_usec: int = 0) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_interval = watchdog_usec / 1e6 / 2
        self._fed = 0.0

    def feed_watchdog(self, now: float, early: float) -> None:
        """Tell the service manager that all is well, if it asked to be told and it is time.

        It is time `early` seconds before half of what it would wait.
        """
        due = self.watchdog_interval and now - self._fed >= self.watchdog_interval - early
        if due and self.send(WATCHDOG="1"):
            self._fed = now

    def send(self, **variables: str) -> bool:
        """Say ``NAME=value`` for each of `variables`, in one datagram.

        False when the listener's queue is full (unix(7): ten datagrams, where
        net.unix.max_dgram_qlen is the kernel's own): then it is worth another try.
        """
        if not self._address:
            return True
        lines = [
            "{}={}".format(name, value.replace("\n", " ")) for name, value in variables.items()
        ]
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        try:
            speaker = native.Socket(socket.AF_UNIX, kind)
            try:
                speaker.sendto("\n".join(lines).encode("utf-8", "replace"), self._address)
            finally:
                speaker.close()
        except OSError as error:
            return error.errno not in FULL  # otherwise nobody listens: the snapshot says the same
        return True


def notifier_at(address: str, environ: "os._Environ[str]") -> Notifier:
    """The notifier of whoever waits at `address`; without one, of the service manager above us.

    The manager's variables are taken out of `environ` in any case: what a task starts must not be
    able to speak for the node.
    """
    names = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
    asked = {name: environ.pop(name, "") for name in names}
    if address:
        return Notifier(address)
    usec = asked["WATCHDOG_USEC"]
    for_us = asked["WATCHDOG_PID"] in ("", str(os.getpid()))
    return Notifier(asked["NOTIFY_SOCKET"], int(usec) if usec.isdigit() and for_us else 0)
