"""The shells we complete for: whose script is made how, and where each looks for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fleetctl.completion import bash, fish, zsh
from fleetctl.completion.tree import Tree

Shell = Literal["bash", "zsh", "fish"]
SHELLS: tuple[Shell, ...] = ("bash", "zsh", "fish")

MARK = "# Completion of fleetctl for "
"""By this a file is known to be ours."""


@dataclass(frozen=True, slots=True)
class _Shell:
    file: str
    script: Callable[[Tree], str]
    folder: Callable[[Mapping[str, str], Path], Path]


def script(shell: Shell, tree: Tree) -> str:
    """The completion script of `shell`."""
    return _SHELLS[shell].script(tree)


def file_name(shell: Shell) -> str:
    """What the script is called in this project's ``completions/``."""
    return _SHELLS[shell].file


def user_file(shell: Shell, environ: Mapping[str, str], home: Path) -> Path:
    """Where a user's own script is looked for, without anyone's configuration but the usual."""
    name = "fleetctl" if shell == "bash" else file_name(shell)
    return _SHELLS[shell].folder(environ, home) / name


def _bash_folder(environ: Mapping[str, str], home: Path) -> Path:
    # bash-completion(7): BASH_COMPLETION_USER_DIR, by default under XDG_DATA_HOME.
    own = environ.get("BASH_COMPLETION_USER_DIR")
    base = Path(own) if own else _data(environ, home) / "bash-completion"
    return base / "completions"


def _zsh_folder(environ: Mapping[str, str], home: Path) -> Path:
    return _data(environ, home) / "zsh" / "site-functions"


def _fish_folder(environ: Mapping[str, str], home: Path) -> Path:
    return _absolute(environ.get("XDG_CONFIG_HOME"), home / ".config") / "fish" / "completions"


def _data(environ: Mapping[str, str], home: Path) -> Path:
    return _absolute(environ.get("XDG_DATA_HOME"), home / ".local" / "share")


def _absolute(text: str | None, otherwise: Path) -> Path:
    # The XDG specification: what isn't absolute is to be ignored.
    return Path(text) if text and os.path.isabs(text) else otherwise  # noqa: PTH117


_SHELLS: dict[Shell, _Shell] = {
    "bash": _Shell("fleetctl.bash", bash.script, _bash_folder),
    "zsh": _Shell("_fleetctl", zsh.script, _zsh_folder),
    "fish": _Shell("fleetctl.fish", fish.script, _fish_folder),
}
