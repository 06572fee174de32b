"""fleet.yaml to a `Fleet`, or to everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from fleetctl.errors import UsageError

if TYPE_CHECKING:
    from fleetctl.fleet.document import Document
    from fleetctl.fleet.model import Fleet, Problem

__all__ = ("FleetInvalid", "check", "check_text", "load")


class FleetInvalid(UsageError):
    """fleet.yaml has errors; `problems` are all of them, warnings too, in the order of lines."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        errors = [problem for problem in problems if problem.severity == "error"]
        first = errors[0]
        place = f"{path}:{first.line}:{first.column}" if first.line else str(path)
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(
            f"{place}: {first.message}{more}",
            hint=first.hint if not more else "`fleetctl validate` shows them all",
        )
        self.path = path
        self.problems = problems


def load(path: Path) -> Fleet:
    """The fleet at `path`. Raises FleetInvalid; warnings alone don't."""
    fleet, problems = check(path)
    if fleet is None:
        raise FleetInvalid(path, problems)
    return fleet


def check(path: Path) -> tuple[Fleet | None, list[Problem]]:
    """The fleet at `path`, None if there are errors, and all problems in the order of lines."""
    from fleetctl.fleet.document import read

    document, problems = read(path if path.is_absolute() else Path.cwd() / path)
    return _interpret(document, problems) if document else (None, problems)


def check_text(path: Path, text: str) -> tuple[Fleet | None, list[Problem]]:
    """As `check`, of a text that isn't at `path` yet (an absolute one)."""
    from fleetctl.fleet.document import parse

    document, problems = parse(path, text)
    return _interpret(document, problems) if document else (None, problems)


def _interpret(document: Document, problems: list[Problem]) -> tuple[Fleet | None, list[Problem]]:
    # Imported here: YAML and pydantic take longer to import than all else of the package.
    from fleetctl.fleet import expand
    from fleetctl.fleet.coherence import check_file, groups, too_many_nodes
    from fleetctl.fleet.complaints import Complaints
    from fleetctl.fleet.model import Fleet
    from fleetctl.fleet.nodes import Drafting
    from fleetctl.fleet.structure import validate

    complaints = Complaints(document)
    complaints.problems.extend(problems)
    file = validate(document, complaints)
    if file is None or complaints.full or too_many_nodes(file, complaints):
        return None, _sorted(complaints.problems)
    drafting = Drafting(file, complaints, expand.gethostname())
    drafts = list(drafting.drafts())
    check_file(file, drafts, complaints)
    if complaints.fatal:
        return None, _sorted(complaints.problems)
    fleet = Fleet(
        path=document.path,
        app=file.app,
        rundir=drafting.rundir,
        logdir=drafting.logdir,
        preload_app=bool(file.preload_app),
        nodes=tuple(draft.node for draft in drafts),
        groups=MappingProxyType(groups(file, drafts, complaints)),
        not_yet=tuple(kind for kind in ("beat", "flower") if kind in file.model_fields_set),
    )
    return fleet, _sorted(complaints.problems)


def _sorted(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))
