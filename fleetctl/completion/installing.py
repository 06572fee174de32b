"""Puts a completion script where the user's shell finds it, and takes it away again."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fleetctl.completion.shells import MARK, Shell, user_file
from fleetctl.errors import FleetctlError

_ASK_TIMEOUT = 5.0
_BASH_COMPLETION = (
    "/usr/share/bash-completion/bash_completion",
    "/etc/bash_completion",
    "/usr/local/share/bash-completion/bash_completion",
    "/opt/homebrew/share/bash-completion/bash_completion",
)

_LOADERS = frozenset({"_completion_loader", "_comp_load"})
"""What a bash with bash-completion has: until version 2.11, and since."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What was done to which file, and what is left to do for the shell to look there."""

    path: Path
    changed: bool
    advice: str | None = None


def install(shell: Shell, script: str, environ: Mapping[str, str], home: Path) -> Installed:
    """Write `script` where `shell` looks for it; once it is there, nothing is changed.

    Raises FleetctlError where a file that isn't ours is in the way, or nothing can be written.
    """
    path, advice = _place(shell, environ, home)
    present = _ours(path)
    if present == script:
        return Installed(path, changed=False, advice=advice)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.{os.getpid()}")
        new.write_text(script, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise FleetctlError(f"cannot write {path}: {error.strerror}") from error
    return Installed(path, changed=True, advice=advice)


def uninstall(shell: Shell, environ: Mapping[str, str], home: Path) -> Installed:
    """Remove what `install` wrote; what isn't ours stays, as an error says."""
    path, _ = _place(shell, environ, home)
    if _ours(path) is None:
        return Installed(path, changed=False)
    try:
        path.unlink()
    except OSError as error:
        raise FleetctlError(f"cannot remove {path}: {error.strerror}") from error
    return Installed(path, changed=True)


def _ours(path: Path) -> str | None:
    """The script at `path`; None where there is nothing."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise FleetctlError(f"cannot read {path}: {error.strerror}") from error
    if MARK not in text:
        raise FleetctlError(f"{path} is not fleetctl's", hint="look at it, and move it away")
    return text


def _place(shell: Shell, environ: Mapping[str, str], home: Path) -> tuple[Path, str | None]:
    path = user_file(shell, environ, home)
    if shell == "zsh":
        return _zsh_place(path, environ, home)
    return path, _bash_advice(path, environ, home) if shell == "bash" else None


def _bash_advice(path: Path, environ: Mapping[str, str], home: Path) -> str | None:
    """What is to load the script where bash-completion doesn't, installed or not."""
    installed = next(filter(os.path.exists, _BASH_COMPLETION), None)
    if installed is not None and _loads_bash_completion(environ):
        return None
    loaded = installed or _from_home(path, home)
    why = "" if installed else " (bash-completion isn't installed)"
    return f"bash doesn't look there yet{why}; put this into ~/.bashrc:\n    source {loaded}"


def _loads_bash_completion(environ: Mapping[str, str]) -> bool:
    """Whether the user's bash has it; also where there is no bash to ask."""
    said = _asked("bash", f"declare -F {' '.join(_LOADERS)}", environ)
    return said is None or not _LOADERS.isdisjoint(said)


def _zsh_place(path: Path, environ: Mapping[str, str], home: Path) -> tuple[Path, str | None]:
    """In a folder of the user's own that is in fpath; else in one that has yet to be put there."""
    folders = _fpath(environ)
    mine = [folder for folder in folders if folder.is_relative_to(home) and folder.is_dir()]
    if path.parent in folders:
        return path, None
    if mine:
        return mine[0] / path.name, None
    return path, (
        "zsh doesn't look there yet; put this into ~/.zshrc:\n"
        f"    fpath=({_from_home(path.parent, home)} $fpath)\n"
        "    autoload -Uz compinit && compinit"
    )


def _from_home(path: Path, home: Path) -> str:
    """The path as one would type it."""
    if path.is_relative_to(home):
        return f"~/{shlex.quote(str(path.relative_to(home)))}"
    return shlex.quote(str(path))


def _fpath(environ: Mapping[str, str]) -> list[Path]:
    """Where the user's zsh looks for functions, as it says itself."""
    said = _asked("zsh", "print -rl -- $fpath", environ) or []
    return [Path(line) for line in said if line.startswith("/")]


def _asked(shell: Shell, command: str, environ: Mapping[str, str]) -> list[str] | None:
    """What an interactive shell of the user's says to a command; None where it can't be asked."""
    program = shutil.which(shell, path=environ.get("PATH"))
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "-ic", command],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ASK_TIMEOUT,
            start_new_session=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.splitlines()
