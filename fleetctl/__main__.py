"""The program: ``fleetctl`` and ``python -m fleetctl``."""

from __future__ import annotations

import gc
import os
import sys
from types import ModuleType
from typing import Any, NoReturn

from fleetctl import __version__

SELDOM = 100_000
"""New objects between two searches for garbage: most commands are over before the first."""


def main() -> None:
    """Run the command line of this process, and exit with the table's code."""
    words = sys.argv[1:]
    if words[:1] == ["_complete"]:
        _complete(words[1:])
    elif words == ["--version"]:
        _tell_version()
    else:
        _run()


def _tell_version() -> None:
    try:
        print(f"fleetctl {__version__}", flush=True)  # noqa: T201 - nothing else is worth importing
    except BrokenPipeError:
        os._exit(0)  # at exit Python would complain


def _complete(words: list[str]) -> None:
    """Answer TAB, before anything heavy is imported. A prompt wants to hear of no trouble."""
    try:
        from fleetctl.completion.answer import main as answer

        answer(words)
    except (Exception, KeyboardInterrupt):
        if "FLEETCTL_COMPLETION_DEBUG" in os.environ:
            raise


def _run() -> NoReturn:
    if sys.platform == "win32":
        sys.exit("fleetctl: Windows is not supported: it has neither fork nor signals to drain by.")
    import signal

    # Until an operation knows better, ^C is the end: no traceback out of an import.
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    _open_standard_streams()
    gc.set_threshold(SELDOM)
    _without_plugins()
    from fleetctl.process import warmup

    try:
        warmup.begin(sys.argv[1:], os.environ, sys.executable)
        from fleetctl.cli.main import run

        code = run()
    except Exception as error:  # noqa: BLE001 - what `run` can't have met: not even it could begin
        from fleetctl.cli.bug import plainly

        sys.exit(plainly(error))
    finally:
        warmup.discard()
    _leave(code)


def _open_standard_streams() -> None:
    """Be whole where the caller has closed a stream (``>&-``): Python leaves None in its place.

    Else the next file opened would get its number, and the output.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")


def _without_plugins() -> None:
    """Have pydantic look for no plugins: for that it imports what is a tenth of a short command."""
    nothing: Any = ModuleType("pydantic.plugin._loader")
    nothing.get_plugins = tuple
    sys.modules[nothing.__name__] = nothing


def _leave(code: int) -> NoReturn:
    """End here and now: to be taken down module by module is a fifth of a short command."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(code)  # as Python does, which says what is wrong with the stream
    os._exit(code)


if __name__ == "__main__":
    main()
