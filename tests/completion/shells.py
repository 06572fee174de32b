"""Real shells in a pseudo-terminal: type, press TAB, and see what becomes of the line."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal

from typing_extensions import Self

from tests.support.terminal import Terminal

Kind = Literal["bash", "bash with bash-completion", "zsh", "fish"]
KINDS: tuple[Kind, ...] = ("bash", "bash with bash-completion", "zsh", "fish")

BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
_PATIENCE = 20.0
_COLUMNS = 200
_DUMP = "\x18\x10"  # ^X ^P, bound below
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-9;?<>=]*[a-zA-Z]|[()][A-Z0-9]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[=>])"
)
_PROMPT = "READY>"

# Each has a key that writes the line to a file, and clears it: what is on the screen has many
# writers.
_BASH = r"""
PS1='READY>'; set +o history
bind 'set bell-style none'; bind 'set completion-query-items 0'; bind 'set page-completions off'
bind 'set enable-bracketed-paste off'
dump() {
    printf '%s' "$READLINE_LINE" > {folder}/new; mv {folder}/new {folder}/line; READLINE_LINE=
}
bind -x '"\C-x\C-p": dump'
"""
_ZSH = r"""
PROMPT='READY>'; unsetopt PROMPT_SP; LISTMAX=10000; unset zle_bracketed_paste
autoload -Uz compinit; compinit -u -d {folder}/zcompdump
dump() { print -rn -- "$BUFFER" > {folder}/new; mv {folder}/new {folder}/line; BUFFER= }
zle -N dump; bindkey '^X^P' dump
"""
_FISH = r"""
function fish_prompt; printf 'READY>'; end
function fish_greeting; end
function dump
    commandline > {folder}/new; mv {folder}/new {folder}/line; commandline ''
end
bind \cx\cp dump
"""


def available(kind: Kind) -> bool:
    """Whether this shell is installed, and what it needs."""
    if kind == "bash with bash-completion" and not BASH_COMPLETION.exists():
        return False
    return shutil.which(kind.split()[0]) is not None


class Shell:
    """One interactive shell in `folder`, with the completion `script` loaded.

    Without one it finds what it finds.
    """

    def __init__(
        self, kind: Kind, script: Path | None, *, folder: Path, environ: Mapping[str, str]
    ) -> None:
        self.kind = kind
        self._folder = folder
        home = folder / "home"
        home.mkdir(exist_ok=True)
        # Where it is missing, fish reads all manuals of the machine in the background.
        (home / ".local/share/fish/generated_completions").mkdir(parents=True, exist_ok=True)
        environ = {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_DATA_HOME": str(home / ".local/share"),
            **environ,
        }
        self._terminal = Terminal(
            self._command(script, home), folder=folder, environ=environ, columns=_COLUMNS
        )
        self._seen = 0

    def _command(self, script: Path | None, home: Path) -> list[str]:
        if self.kind == "zsh":
            functions = self._folder / "functions"
            functions.mkdir()
            if script:
                shutil.copy(script, functions / "_fleetctl")
            self._write(home / ".zshrc", f"fpath=({functions} $fpath)\n{_ZSH}")
            return ["zsh", "-i"]
        setup = self._folder / "setup"
        source = f"source {script}\n" if script else ""
        if self.kind == "fish":
            self._write(setup, f"{_FISH}{source}")
            return ["fish", "-i", "-C", f"source {setup}"]
        load = f"source {BASH_COMPLETION}\n" if "with" in self.kind else ""
        self._write(setup, f"{load}{_BASH}{source}")
        return ["bash", "--rcfile", str(setup), "-i"]

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text.replace("{folder}", str(self._folder)), encoding="utf-8")

    def __enter__(self) -> Self:
        self._wait(_PROMPT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._terminal.__exit__(kind, error, trace)

    def run(self, command: str) -> None:
        """Run a command line, to its end."""
        self._terminal.send(f"{command}\r")
        self._wait(_PROMPT)

    def complete(self, typed: str, *, tabs: int = 1) -> str:
        """The line after typing `typed` and as many TABs; then it is cleared."""
        return self._press(typed, tabs)[0]

    def listed(self, typed: str) -> str:
        """What is shown after `typed` and two TABs."""
        return self._press(typed, 2)[1]

    def _press(self, typed: str, tabs: int) -> tuple[str, str]:
        self._seen = len(self._terminal.raw)
        dumped = self._folder / "line"
        self._terminal.send(typed + "\t" * tabs + _DUMP)
        deadline = time.monotonic() + _PATIENCE
        while not dumped.exists():
            assert time.monotonic() < deadline, f"{self.kind}: {typed!r} gave {self._output()!r}"
            self._terminal.read(0.02)
        line = dumped.read_text(encoding="utf-8").removesuffix("\n")
        dumped.unlink()
        # What was listed had been written before, but perhaps not yet read.
        while self._terminal.read(0.05):
            pass
        return line, self._output()

    def _output(self) -> str:
        """What has been written since the last time, without its escape sequences."""
        return _ESCAPES.sub("", self._terminal.raw[self._seen :].decode("utf-8", "replace"))

    def _wait(self, wanted: str) -> None:
        """Read until `wanted` has been written since the last time."""
        deadline = time.monotonic() + _PATIENCE
        while wanted not in self._output():
            assert time.monotonic() < deadline, f"{self.kind}: no {wanted!r} in {self._output()!r}"
            self._terminal.read(0.1)
        self._seen = len(self._terminal.raw)
