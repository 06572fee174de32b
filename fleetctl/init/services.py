"""Reads the files that start workers today: Procfile, systemd, supervisord, celeryd's defaults."""

from __future__ import annotations

import configparser
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fleetctl.errors import UsageError
from fleetctl.init import shell
from fleetctl.init.invocation import Invocation, recognise

_PROCESS = re.compile(r"^([A-Za-z0-9_-]+):\s*(.+)$", re.MULTILINE)
_FOLDERS = ("", "deploy", "deployment", "etc", "conf", "config", "ops", "systemd", "supervisor")
_SYSTEM = ("/etc/default/celeryd", "/etc/default/celery", "/etc/conf.d/celery")
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Service:
    """One line of such a file that runs Celery. `name` is what the file calls it."""

    line: Invocation
    text: str
    name: str | None = None
    workdir: str | None = None
    user: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    copies: int = 1


@dataclass(frozen=True, slots=True)
class ServiceFile:
    """A file and what of it runs Celery."""

    path: Path
    services: tuple[Service, ...]

    def of_kind(self, *kinds: str) -> tuple[Service, ...]:
        """Those of its services that are workers, or a beat."""
        return tuple(service for service in self.services if service.line.kind in kinds)


def look(folder: Path) -> tuple[ServiceFile, ...]:
    """The files in `folder` that start Celery workers, and the system's that do it there."""
    found = [read(path) for path in _candidates(folder)]
    system = [read(Path(name)) for name in _SYSTEM if Path(name).is_file()]
    return tuple(
        each
        for each in [*found, *(each for each in system if _works_in(each, folder))]
        if each is not None and each.of_kind("multi", "worker")
    )


def read_given(path: Path) -> ServiceFile:
    """A file that the user names. Raises UsageError where it can't be read or starts no worker."""
    if path.exists() and not path.is_file():
        raise UsageError(f"cannot read {path}: it is not a file")
    try:
        path.open("rb").close()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {(error.strerror or '').lower()}") from error
    found = read(path)
    if found is None or not found.of_kind("multi", "worker"):
        raise UsageError(
            f"{path} starts no Celery worker that can be seen",
            hint="a Procfile, a systemd unit, a supervisord.conf or an /etc/default/celeryd does",
        )
    return found


def read(path: Path) -> ServiceFile | None:
    """A file of any of these kinds; None where it can't be read."""
    try:
        text = path.read_bytes()[:_LARGEST].decode("utf-8", "replace")
    except OSError:
        return None
    return ServiceFile(path, tuple(_reader(path, text)(text)))


def _candidates(folder: Path) -> Iterator[Path]:
    for pattern in ("celeryd", "*celery*.service", "supervisord.conf", "*celery*.conf", "Procfile"):
        for name in _FOLDERS:
            yield from sorted(path for path in (folder / name).glob(pattern) if path.is_file())


def _works_in(found: ServiceFile | None, folder: Path) -> bool:
    if found is None:
        return False
    resolved = folder.resolve()
    return any(Path(each.workdir or "/").resolve() == resolved for each in found.services)


def _reader(path: Path, text: str) -> Callable[[str], Iterator[Service]]:
    if re.search(r"^\[program:", text, re.MULTILINE):
        return _supervisord
    if re.search(r"^ExecStart=", text, re.MULTILINE):
        return lambda unit: _systemd(unit, path.stem)
    if re.search(r"^\s*(export\s+)?CELERY\w*=", text, re.MULTILINE):
        return _celeryd
    return _procfile


def _procfile(text: str) -> Iterator[Service]:
    for name, command in _PROCESS.findall(text):
        yield from _services(command, name)


def _systemd(text: str, unit: str) -> Iterator[Service]:
    """systemd.service(5), as far as celery's own documentation uses it."""
    text = text.replace("\\\n", " ")
    entries: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        entries.setdefault(key, []).append(value.strip())
    env: dict[str, str] = {}
    for file in entries.get("EnvironmentFile", []):
        env |= _environment_file(file.removeprefix("-"))
    for line in entries.get("Environment", []):
        env |= dict(word.partition("=")[::2] for word in shell.words(line) if "=" in word)
    name = unit.partition("@")[0]
    for command in entries.get("ExecStart", []):
        for service in _services(_unescaped(command, env), name, env):
            yield replace(
                service,
                workdir=service.workdir or _last(entries.get("WorkingDirectory", [])),
                user=_last(entries.get("User", [])),
                env={**_for_the_app(env), **service.env},
            )


def _unescaped(command: str, env: Mapping[str, str]) -> str:
    # systemd's own %-specifiers are doubled where the worker is to see them.
    return shell.expanded(command.lstrip("-+!@:").replace("%%", "%"), env)


def _environment_file(name: str) -> dict[str, str]:
    try:
        return shell.assignments(Path(name).read_text(errors="replace"))
    except OSError:
        return {}


def _supervisord(text: str) -> Iterator[Service]:
    parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(";",))
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for section in parser.sections():
        kind, _, name = section.partition(":")
        if kind != "program" or not parser.has_option(section, "command"):
            continue
        program = dict(parser.items(section))
        command = program["command"].replace("%(program_name)s", name).replace("\n", " ")
        env = dict(
            re.findall(r"""(\w+)\s*=\s*["']?([^"',]*)["']?""", program.get("environment", ""))
        )
        copies = program.get("numprocs", "1")
        for service in _services(command.replace("%%", "%"), name):
            yield replace(
                service,
                workdir=service.workdir or program.get("directory"),
                user=program.get("user"),
                env={**env, **service.env},
                copies=int(copies) if copies.isdecimal() else 1,
            )


def _celeryd(text: str) -> Iterator[Service]:
    """What celery's init script (extra/generic-init.d/celeryd) makes of its defaults file."""
    found = shell.assignments(text)
    options = [
        f"{option}={found[name]}"
        for option, name in (
            ("--app", "CELERY_APP"),
            ("--workdir", "CELERYD_CHDIR"),
            ("--pidfile", "CELERYD_PID_FILE"),
            ("--logfile", "CELERYD_LOG_FILE"),
        )
        if found.get(name)
    ]
    nodes = shell.words(found.get("CELERYD_NODES") or "celery")
    given = shell.words(found.get("CELERYD_OPTS", ""))
    level = f"--loglevel={found.get('CELERYD_LOG_LEVEL') or 'INFO'}"
    program = shell.words(found.get("CELERY_BIN") or "celery")
    line = recognise([*program, "multi", "start", *nodes, *options, level, *given])
    if line is not None:
        yield Service(
            line,
            text=shlex.join(["celery", "multi", "start", *nodes, *options, level, *given]),
            workdir=found.get("CELERYD_CHDIR"),
            user=found.get("CELERYD_USER"),
            env=_for_the_app(found),
        )


def _for_the_app(env: Mapping[str, str]) -> dict[str, str]:
    """Without what only the script that starts the workers reads."""
    script = re.compile(r"CELERYD_\w+|CELERYBEAT_\w+|CELERY_(APP|BIN|CREATE_DIRS|CREATE_\w+)")
    return {name: value for name, value in env.items() if not script.fullmatch(name)}


def _services(
    command: str, name: str, variables: Mapping[str, str] | None = None
) -> Iterator[Service]:
    workdir = None
    for words in shell.commands(shell.expanded(command, variables or {})):
        if words[0] == "cd" and len(words) == 2:
            workdir = words[1]
        line = recognise(words)
        if line is not None:
            yield Service(line, shlex.join(words), name, workdir, env=line.env)


def _last(values: Sequence[str]) -> str | None:
    return values[-1] if values else None
