"""Reading a file while somebody waits at a prompt: at once, or not at all."""

from __future__ import annotations

import os


def read(path: str, most: int) -> bytes:
    """The first `most` bytes of a regular file; empty where there is none to read."""
    try:
        # Whatever else lies there, a FIFO say, must not keep the prompt waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return b""
    try:
        return os.read(descriptor, most)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
