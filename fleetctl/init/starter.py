"""The fleet.yaml of a folder that only has an app: one worker, and what one may want next."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fleetctl.init.apps import App, Findings
from fleetctl.init.rendering import noted

_DEFAULT = "celery"
"""The queue of tasks that are sent nowhere else, which the first worker consumes."""


def starter(
    findings: Findings, app: App | None, named: str | None, python: Path | None, folder: Path
) -> str:
    """The text; `named` is the app that the user names, else `app` is the one that was found."""
    lines = [_place(app, named, folder)]
    if python is not None:
        lines.append(noted(f"python: {_relative(python, folder)}", "the workers' interpreter"))
    if app is not None and app.root != folder:
        lines.append(noted(f"workdir: {_relative(app.root, folder)}", "the app is imported here"))
    if findings.django and not (app and app.sets_django_up):
        lines.append(f"env: {{DJANGO_SETTINGS_MODULE: {findings.django}}}")
    return "\n".join([*lines, "", *_workers(findings)]) + "\n"


def _place(app: App | None, named: str | None, folder: Path) -> str:
    if app is None:
        return f"app: {named}"
    return noted(f"app: {app.name}", f"made in {_relative(app.file, folder)}, line {app.line}")


def _workers(findings: Findings) -> list[str]:
    return [
        "workers:",
        "  default:",
        noted("    # pool: prefork", "or threads, gevent, eventlet, solo"),
        noted("    # concurrency: 4", "default: a process for each CPU"),
        noted("    # queues: [celery]", "default: the app's"),
        noted("    # stop_timeout: 10m", "a limit to drains; default: none"),
        *_routed([queue for queue in findings.queues if queue != _DEFAULT]),
        "",
        "  # Tasks that wait rather than compute do well in a worker of their own:",
        "  # io:",
        "  #   pool: threads",
        "  #   concurrency: 50",
        "  #   queues: [io]",
    ]


def _routed(queues: Sequence[str]) -> list[str]:
    """A worker for the queues that the code sends tasks to: else they might wait for ever."""
    if not queues:
        return []
    return ["", "  # The code sends tasks here:", "  routed:", f"    queues: {json.dumps(queues)}"]


def _relative(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
