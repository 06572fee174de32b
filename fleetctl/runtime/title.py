"""What ``ps`` shows: children of one launcher would all bear the launcher's command line."""

import os
from typing import Sequence

TITLE_ROOM = 4096
"""Blanks to put behind the arguments of a program that is to have a title."""

try:
    from setproctitle import setproctitle
except ImportError:
    setproctitle = None


def set_title(argv: Sequence[str]) -> None:
    """Make this process's command line read as `argv`, as far as there is room for it.

    With setproctitle installed it does the work, as it does for Celery itself. Without, the
    area where the kernel finds the arguments (proc(5): arg_start, arg_end) is written over; the
    launcher is started with padding, so that there is room. It is a courtesy: where the kernel
    forbids it, the old title stays.
    """
    if setproctitle is not None:
        setproctitle(" ".join(argv))
        return
    try:
        start, end = _argument_area()
        _write_memory(start, _fitted(argv, end - start))
    except (OSError, IndexError, ValueError):
        return


def _fitted(argv: Sequence[str], room: int) -> bytes:
    text = b"\0".join(os.fsencode(argument) for argument in argv)
    # The last byte must stay NUL: the kernel takes anything else for a title that spills over.
    return text[: room - 1].ljust(room, b"\0")


def _argument_area() -> Sequence[int]:
    with open("/proc/self/stat", "rb") as stat_file:
        numbers = stat_file.read().rpartition(b")")[2].split()
    return int(numbers[45]), int(numbers[46])


def _write_memory(address: int, data: bytes) -> None:
    memory = os.open("/proc/self/mem", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.pwrite(memory, data, address)
    finally:
        os.close(memory)
