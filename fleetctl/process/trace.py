"""What fleetctl does to the system, told to whoever asked for it: commands run, signals sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_KEPT = 20
"""Lines kept for a listener yet to come: a launcher begins before the command line is parsed."""

_early: list[str] = []
_listeners: list[Callable[[str], None]] = []


def listen(listener: Callable[[str], None]) -> None:
    """Tell `listener` each line from now on, and what has been told already."""
    _listeners.append(listener)
    for line in _early:
        listener(line)


def ran(words: Sequence[str], folder: object) -> None:
    """A program was run in a folder; its arguments hold no secrets."""
    import shlex

    _tell(f"cd {shlex.quote(str(folder))} && {shlex.join(words)}")


def forked(node: str, words: Sequence[str]) -> None:
    """A launcher was told to fork a node that is as if started by this command."""
    import shlex

    _tell(f"fork {node}, as if by: {shlex.join(words)}")


def sent(signal: str, pid: int) -> None:
    """A signal was sent (``SIGTERM``)."""
    _tell(f"kill -{signal.removeprefix('SIG')} {pid}")


def _tell(line: str) -> None:
    if len(_early) < _KEPT:
        _early.append(line)
    for listener in _listeners:
        listener(line)
