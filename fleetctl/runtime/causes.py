"""From an exception to what an operator is told: kind, one line, the place in their own code."""

import errno
import logging
import os
import sysconfig
import traceback
from types import FrameType, TracebackType
from typing import Any, Iterable, Iterator, Optional, Tuple

from .extras import absent, remedy
from .formats import Cause

GREEN = ("gevent", "eventlet", "greenlet")

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_PATHS = sysconfig.get_paths()
_STDLIB = tuple(
    os.path.join(folder, "")
    for name in ("stdlib", "platstdlib")
    for folder in (_PATHS[name], os.path.realpath(_PATHS[name]))
)
_PACKAGES = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)

Place = Tuple[str, int, str]


def is_users(filename: str) -> bool:
    """Whether a source file is the user's own: neither Python's, nor installed, nor ours."""
    # Compiled extensions name their sources relatively, imports from sys.path never do.
    if not os.path.isabs(filename) or filename.startswith((_HERE, *_STDLIB)):
        return False
    return not any(part in filename for part in _PACKAGES)


def place_of(frame: FrameType) -> Optional[str]:
    """Where a thread stands: ``file:line in function``, innermost in the user's own code."""
    found = _innermost_users(_outward(frame))
    return "{}:{} in {}".format(*found) if found else None


def app_cause(app: str, error: BaseException) -> Cause:
    """Why an app couldn't be imported."""
    if isinstance(error, SystemExit):
        text = f"{app} called exit({error.code!r}) while it was imported"
        return _with_place("app-exit", text, error)
    missing = _missing_app(app, error)
    if missing is not None:
        return Cause("app-missing", missing)
    return _with_place("app-error", _with_remedy(one_line(_as_raised(error)), error), error)


def boot_cause(error: BaseException, pool: str) -> Cause:
    """Why a worker didn't come up once its app was there."""
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] in GREEN:
        text = f"the {pool} pool needs a library that isn't installed: {error}"
        return Cause("pool-library-missing", _with_remedy(text, error))
    if hasattr(error, "format_message"):  # a click.ClickException, of which we import none
        return _option_cause(error)
    denied = _denied(error)
    if denied is not None:
        return _with_place("permission", _denial(denied), error)
    return _with_place("error", _with_remedy(one_line(error), error), error)


def is_of_logging(error: BaseException) -> bool:
    """Whether a log handler raised it: that of Celery does where its folder is gone.

    It comes out wherever something was logged, among it what connects to the broker.
    """
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(frame.f_globals.get("__name__") == logging.__name__ for frame in frames)


def _with_remedy(text: str, error: BaseException) -> str:
    library = absent(error)
    if library is None:
        return text
    if not isinstance(error, ImportError):
        text = f"ModuleNotFoundError: No module named {library!r}"
    return f"{text}; to install it: {remedy(library)}"


def exit_cause(leaving: SystemExit, ready: bool) -> Cause:
    """That something called exit() in a worker that nobody had told to stop."""
    when = "by something in the worker" if ready else "before the worker was ready"
    text = f"exit({leaving.code!r}) was called {when}"
    return _with_place("error", text, leaving)


def one_line(error: BaseException) -> str:
    """``Type: text`` of an exception, in one line."""
    # Its place is told apart from it.
    said = error.msg if isinstance(error, SyntaxError) and error.filename else error
    text = " ".join(str(said).split())
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def _option_cause(error: Any) -> Cause:
    param = getattr(error, "param", None)
    kind = "pool-unknown" if getattr(param, "name", None) in ("pool", "pool_cls") else "option"
    return Cause(kind, " ".join(error.format_message().split()))


def _denied(error: BaseException) -> Optional[OSError]:
    # celery.platforms turns the pidfile's OSError into a LockFailed that only keeps its text.
    cause = error.__context__ if type(error).__name__ == "LockFailed" else error
    denials = (errno.EACCES, errno.EPERM, errno.EROFS)
    return cause if isinstance(cause, OSError) and cause.errno in denials else None


def _denial(error: OSError) -> str:
    if error.filename is None:
        return one_line(error)
    return f"cannot open {error.filename}: {(error.strerror or str(error)).lower()}"


def _missing_app(app: str, error: BaseException) -> Optional[str]:
    module, _, attribute = app.partition(":")
    if isinstance(error, ModuleNotFoundError):
        missing = error.name or ""
        if missing == app and attribute:  # find_app takes what has no such attribute for a module
            return f"module {module} has no attribute {attribute}"
        if module == missing or module.startswith(missing + "."):
            return f"no module named {missing}"
    if isinstance(error, AttributeError) and _innermost_users(_inward(error)) is None:
        return f"no Celery app found in {app}"
    return None


def _as_raised(error: BaseException) -> BaseException:
    # kombu.utils.imports raises a ValueError of the app's anew, with another text.
    anew = isinstance(error, ValueError) and str(error).startswith("Couldn't import ")
    return error.__context__ if anew and error.__context__ is not None else error


def _with_place(kind: str, text: str, error: BaseException) -> Cause:
    if isinstance(error, SyntaxError) and error.filename:
        return Cause(kind, text, error.filename, error.lineno)
    found = _innermost_users(_inward(error))
    return Cause(kind, text, found[0], found[1]) if found else Cause(kind, text)


def _innermost_users(places: Iterable[Place]) -> Optional[Place]:
    return next((place for place in places if is_users(place[0])), None)


def _outward(frame: Optional[FrameType]) -> Iterator[Place]:
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name
        frame = frame.f_back


def _inward(error: BaseException) -> Iterator[Place]:
    trail: Optional[TracebackType] = error.__traceback__
    for frame, line in reversed(list(traceback.walk_tb(trail))):
        yield frame.f_code.co_filename, line, frame.f_code.co_name
