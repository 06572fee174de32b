"""Whether what fleetctl starts here will be killed together with what fleetctl was started by."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from fleetctl.process.identity import user_name

_CONFIGURATION = ("/usr/lib/systemd", "/usr/local/lib/systemd", "/run/systemd", "/etc/systemd")


def warning() -> str | None:
    """What will take the nodes with it when it ends: a systemd service, an ssh session; or None."""
    unit = unit_of_process(os.getpid())
    if unit is None:
        return None
    if unit.endswith(".service"):
        return judge(unit, kill_mode=_kill_mode(unit))
    return judge(unit, logind=map(_text, _logind_files()), user=user_name(os.geteuid()))


def unit_of_process(pid: int) -> str | None:
    """The innermost systemd service or session that a process is in."""
    return unit_of(_text(Path(f"/proc/{pid}/cgroup")))


def unit_of(cgroups: str) -> str | None:
    """The innermost systemd service or session of /proc/PID/cgroup, in either cgroup version."""
    for line in cgroups.splitlines():
        hierarchy, _, path = line.partition(":")[2].partition(":")
        if hierarchy not in ("", "name=systemd"):
            continue
        units = [p for p in path.split("/") if re.fullmatch(r".+\.service|session-.+\.scope", p)]
        if units:
            return units[-1]
    return None


def judge(
    unit: str, *, kill_mode: str | None = None, logind: Iterable[str] = (), user: str = ""
) -> str | None:
    """The warning about `unit`, given its KillMode or the texts of logind's configuration."""
    if unit.endswith(".service"):
        return _judge_service(unit, kill_mode or "control-group")
    if kills_user_processes(logind, user):
        return (
            f"this login ({unit}) kills all its processes when it ends (KillUserProcesses=yes in "
            "logind.conf), the nodes too; start them through systemd-run, or: "
            f"loginctl enable-linger {user}"
        )
    return None


def kills_user_processes(texts: Iterable[str], user: str) -> bool:
    """What logind.conf(5) says of this user's processes; later texts win over earlier ones."""
    values = {"KillUserProcesses": "no", "KillOnlyUsers": "", "KillExcludeUsers": "root"}
    for text in texts:
        for line in text.splitlines():
            name, equals, value = line.partition("=")
            if equals and name.strip() in values:
                values[name.strip()] = value.strip()
    only = values["KillOnlyUsers"].split()
    if user in values["KillExcludeUsers"].split() or (only and user not in only):
        return False
    return values["KillUserProcesses"].lower() in ("yes", "true", "on", "1", "y", "t")


def _judge_service(unit: str, kill_mode: str) -> str | None:
    # The user manager's own cgroup holds no one's processes but its own.
    if re.fullmatch(r"user@.+\.service", unit) or kill_mode in ("process", "none"):
        return None
    return (
        f"this runs inside {unit}: systemd will kill the nodes when that service stops; start "
        "them elsewhere, or set KillMode=process there"
    )


def _kill_mode(unit: str) -> str | None:
    try:
        answer = subprocess.run(
            ["systemctl", "show", "--property=KillMode", "--value", "--", unit],
            capture_output=True,
            text=True,
            timeout=1,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None


def _logind_files() -> list[Path]:
    """logind's configuration, the decisive file last (its main file comes before all drop-ins)."""
    folders = [Path(folder) for folder in _CONFIGURATION]
    dropins = {path.name: path for d in folders for path in d.glob("logind.conf.d/*.conf")}
    return [*(d / "logind.conf" for d in folders), *(dropins[name] for name in sorted(dropins))]


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
