"""The boundary for what nobody expected: a short apology, and a full report in a file."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from fleetctl import __version__
from fleetctl.errors import FleetctlError

_VARIABLES = ("FLEETCTL_", "CELERY", "LANG", "LC_", "TERM", "PYTHON", "VIRTUAL_ENV", "PATH")
_LIBRARIES = ("typer", "rich", "pydantic", "PyYAML", "celery")


def apology(error: BaseException) -> FleetctlError:
    """What to say of a bug, once its report is written; where it can't be, the report itself."""
    what = f"{type(error).__name__}: {_masked(str(error))}" if str(error) else type(error).__name__
    text = _report(error)
    message = f"sorry, this is a bug in fleetctl: {what}"
    try:
        path = _write(text)
    except OSError as failure:
        return FleetctlError(
            f"{message}\n{text}", hint=f"the report is above; no file: {failure.strerror}"
        )
    return FleetctlError(
        message,
        hint=f"the full report is in {path}\nit holds no passwords that fleetctl knows of: read "
        "it, then send it to fleetctl's maintainers, with what you did",
    )


def plainly(error: BaseException) -> str:
    """The apology as plain text: for when hardly anything can be imported."""
    from fleetctl.display.errors import plain

    return plain(apology(error))


def _report(error: BaseException) -> str:
    return _masked("\n".join(_sections(error)))


def _sections(error: BaseException) -> Iterator[str]:
    from fleetctl.fleet.masking import mask_argument

    yield f"fleetctl {__version__} on Python {platform.python_version()}, {platform.platform()}"
    yield f"libraries: {', '.join(_versions())}"
    yield f"at: {time.strftime('%Y-%m-%dT%H:%M:%S%z')}"
    yield f"command: {' '.join(mask_argument(repr(word)) for word in sys.argv)}"
    yield f"folder: {_folder()}"
    yield "environment:"
    yield from (f"  {line}" for line in _environment())
    yield ""
    yield "".join(traceback.format_exception(error))


def _versions() -> Iterator[str]:
    from importlib.metadata import PackageNotFoundError, version

    for library in _LIBRARIES:
        try:
            yield f"{library} {version(library)}"
        except PackageNotFoundError:
            yield f"{library} missing"


def _environment() -> Iterator[str]:
    from fleetctl.fleet.masking import mask

    for name in sorted(os.environ):
        if name.startswith(_VARIABLES):
            yield f"{name}={mask(name, os.environ[name])}"


def _folder() -> str:
    try:
        return str(Path.cwd())
    except OSError as error:
        return f"gone ({error.strerror})"


def _masked(text: str) -> str:
    """Line by line: a traceback quotes code and values, passwords in URLs among them."""
    from fleetctl.fleet.masking import blot

    return "\n".join(blot(line) for line in text.splitlines())


def _write(text: str) -> Path:
    """Keep the report where only its owner can read it; raises OSError where that fails."""
    try:
        descriptor, path = _in_state_folder()
    except OSError:
        descriptor, path = tempfile.mkstemp(prefix="fleetctl-bug-", suffix=".txt")
    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return Path(path)


def _in_state_folder() -> tuple[int, str]:
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")  # noqa: PTH111
    folder = Path(state) / "fleetctl"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"bug-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), str(path)
