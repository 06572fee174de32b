"""A TCP proxy before a broker: it can be cut, black-holed or slowed down while clients use it."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

CHUNK = 1 << 16
TICK = 0.02


@dataclass(eq=False)
class Line:
    """One direction of one connection; ``due`` holds what is on its way, and until when."""

    source: socket.socket
    target: socket.socket
    due: deque[tuple[float, bytes]] = field(default_factory=deque)


class Proxy:
    """Forwards to `url`'s host and port; `url` of the proxy is what clients are given."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        user = parts.netloc.rpartition("@")[0]
        place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = urlunsplit(parts._replace(netloc=f"{user}@{place}" if user else place))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._lines: dict[socket.socket, Line] = {}
        self._cut = self._black = self._over = False
        self._delay = 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """The broker is gone: connections break, and new ones too, as soon as they are made."""
        self._cut = True

    def black_hole(self) -> None:
        """Packets are dropped: every connection stays, nothing comes through, nobody is told."""
        self._black = True

    def slow(self, delay: float) -> None:
        """Everything takes so many seconds longer, each way."""
        self._delay = delay

    def mend(self) -> None:
        """As it was. What was swallowed stays swallowed: its connections are broken."""
        if self._black:
            self._cut = True
            time.sleep(5 * TICK)
        self._cut = self._black = False
        self._delay = 0.0

    def close(self) -> None:
        self._over = True
        self._thread.join()
        for one in [self._listener, *self._lines]:
            one.close()
        self._selector.close()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while not self._over:
            if self._cut:
                for source in list(self._lines):
                    self._hang_up(source)
            for key, _ in self._selector.select(TICK):
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket):
                    self._read(key.fileobj)
            self._deliver(time.monotonic())

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if self._cut:
            client.close()
            return
        try:
            server = socket.create_connection(self._upstream)
        except OSError:
            client.close()
            return
        for source, target in ((client, server), (server, client)):
            self._lines[source] = Line(source, target)
            self._selector.register(source, selectors.EVENT_READ)

    def _read(self, source: socket.socket) -> None:
        if source not in self._lines:
            return
        try:
            data = source.recv(CHUNK)
        except OSError:
            data = b""
        if self._black:
            if not data:
                self._selector.unregister(source)
            return
        if not data:
            self._hang_up(source)
            return
        self._lines[source].due.append((time.monotonic() + self._delay, data))

    def _deliver(self, now: float) -> None:
        for line in list(self._lines.values()):
            while line.due and line.due[0][0] <= now:
                try:
                    line.target.sendall(line.due.popleft()[1])
                except OSError:
                    self._hang_up(line.source)
                    break

    def _hang_up(self, source: socket.socket) -> None:
        line = self._lines.pop(source, None)
        if line is None:
            return
        self._lines.pop(line.target, None)
        for one in (line.source, line.target):
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(one)
            one.close()
