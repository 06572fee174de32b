"""The command that shows what the nodes log: logs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fleetctl.cli.context import NamesArgument, load_running, select
from fleetctl.cli.log_outlet import Outlet
from fleetctl.cli.moments import moment
from fleetctl.cli.output import note, write_json, write_text
from fleetctl.cli.program import COMMON, SEE
from fleetctl.cli.reading import JsonOption
from fleetctl.completion import values
from fleetctl.errors import ExitCode, FleetctlError, UsageError

if TYPE_CHECKING:
    from fleetctl.fleet.model import Fleet
    from fleetctl.logs.backlog import Request
    from fleetctl.logs.events import Happening
    from fleetctl.logs.record import Entry
    from fleetctl.logs.sources import NodeLogs
    from fleetctl.logs.wanted import OfTask, Wanted
    from fleetctl.operations.logs import Nodes

    Show = Callable[[Sequence[Entry]], None]

_EXAMPLES = """\
fleetctl logs -f                         # all nodes, as they log
fleetctl logs --since 10m --level error  # what went wrong lately
fleetctl logs --task 4be1c0de            # the life of one task"""

_WHICH_FILES = "`fleetctl logs --paths` says which files were read"
_LAST = 20
_NAMED = 5
_LOOK_BACK = 16 << 20
_ALL = "all"
_LEVELS = ("debug", "info", "warning", "error", "critical")
_MOMENT = "10m or 2h ago, at 14:05, or at 2026-11-22T20:15 (local, unless it says Z)"
_AGO = values.words("10m", "1h", "12h", "1d")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        rich_help_panel=SEE,
        short_help="Show and follow the nodes' logs, merged.",
        epilog=_EXAMPLES,
    )(logs)


def logs(  # noqa: PLR0917 - typer passes them by name
    context: typer.Context,
    names: NamesArgument = None,
    fleet: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--fleet",
            metavar="PATH",
            help="The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here.",
            rich_help_panel=COMMON,
        ),
        values.FLEET_FILES,
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what is written, until ^C.")
    ] = False,
    lines: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--lines",
            "-n",
            metavar="N",
            help="The last N records of each node, or all; 20 unless something is searched for.",
        ),
        values.words("20", "100", "1000", _ALL),
    ] = None,
    since: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--since", metavar="WHEN", help=f"From then on: {_MOMENT}."),
        _AGO,
    ] = None,
    until: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--until", metavar="WHEN", help="Up to then."),
        _AGO,
    ] = None,
    level: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--level", "-l", metavar="LEVEL", help=f"That and above: {', '.join(_LEVELS)}."
        ),
        values.words(*_LEVELS),
    ] = None,
    grep: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--grep", "-g", metavar="REGEX", help="Records it is found in, tracebacks included."
        ),
    ] = None,
    invert: Annotated[
        bool, typer.Option("--invert", "-v", help="Records that --grep is not found in.")
    ] = False,
    ignore_case: Annotated[
        bool, typer.Option("--ignore-case", "-i", help="--grep regardless of case.")
    ] = False,
    task: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--task",
            "-t",
            metavar="ID|NAME",
            help="What is said of a task: its id or 8 first characters, its name or end of that.",
        ),
    ] = None,
    prefix: Annotated[
        bool, typer.Option("--prefix/--no-prefix", help="Whether lines bear their node's name.")
    ] = True,
    cut: Annotated[bool, typer.Option("--cut", help="Cut long lines instead of wrapping.")] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="The bytes of the files: no names, no colours.")
    ] = False,
    json: JsonOption = False,
    paths: Annotated[bool, typer.Option("--paths", help="Only say which files.")] = False,
) -> int:
    """Show the nodes' logs in the order of time, and follow them.

    Of each node the last records (a traceback is part of the record above it), its pool children's
    and rotated files included. Exit 3 if a file could not be read.
    """
    definition = load_running(context, fleet)
    now = time.time()
    wanted = _wanted(
        since=None if since is None else moment(since, now, "--since"),
        until=None if until is None else moment(until, now, "--until"),
        level=level,
        tests=_tests(grep, ignore_case=ignore_case, invert=invert),
        task=_task(task, by_end=follow),
        follow=follow,
    )
    request = _request(wanted, lines, follow=follow)
    from fleetctl.operations.logs import node_logs

    chosen = _select(definition, names)
    sources = node_logs(definition.rundir, chosen, to_come=follow)
    if paths:
        return _paths(sources, json)
    outlet = Outlet(definition, sources, prefixed=prefix, cut=cut, raw=raw, json=json)
    if not follow:
        shown = _show(sources, request, outlet.show, outlet.tell)
        if not shown and request.lines != 0:
            if task is None:
                note("nothing is logged so far" if wanted.anything else "no record fits")
            else:
                wider = replace(request, wanted=replace(wanted, task=_task(task, by_end=True)))
                _show_by_end(task, sources, wider, outlet.show)
        if task is not None:
            _say_what_was_cut_off(definition, chosen, task)
        return ExitCode.PARTIAL if outlet.failed else ExitCode.DONE
    # A fleet.yaml that changes is read anew; names that mean nothing any more are no error then.
    path = definition.path

    def again() -> list[NodeLogs]:
        from fleetctl.fleet import load

        definition = load(path)
        found = node_logs(definition.rundir, _select(definition, names), to_come=True)
        outlet.know(definition, found)
        return found

    return _follow(definition, again, request, outlet)


def _tests(
    grep: str | None, *, ignore_case: bool, invert: bool
) -> tuple[Callable[[bytes], bool], ...]:
    from fleetctl.logs import wanted

    if grep is not None:
        return (wanted.grep(grep, ignore_case=ignore_case, invert=invert),)
    if ignore_case or invert:
        raise UsageError("-i and -v say how to --grep", hint="add --grep REGEX")
    return ()


def _task(task: str | None, *, by_end: bool) -> OfTask | None:
    from fleetctl.logs.wanted import of_task

    if task is None:
        return None
    if not task:
        raise UsageError("--task: which one?", hint="give its id or its name")
    return of_task(task, by_end=by_end)


def _wanted(
    *,
    since: float | None,
    until: float | None,
    level: str | None,
    tests: tuple[Callable[[bytes], bool], ...],
    task: OfTask | None,
    follow: bool,
) -> Wanted:
    from fleetctl.logs.record import LEVELS
    from fleetctl.logs.wanted import Wanted

    if until is not None and follow:
        raise UsageError("--until and --follow exclude each other", hint="leave one of them out")
    if since is not None and until is not None and since > until:
        raise UsageError("--since is after --until: nothing can be in between")
    if level is not None and level.upper() not in LEVELS:
        raise UsageError(f"--level: there is no {level!r}", hint=f"one of {', '.join(_LEVELS)}")
    weight = LEVELS[level.upper()] if level is not None else None
    return Wanted(since=since, until=until, level=weight, tests=tests, task=task)


def _request(wanted: Wanted, lines: str | None, *, follow: bool) -> Request:
    """How far back: what is searched for is searched for everywhere, unless it is followed."""
    from fleetctl.logs.backlog import Request

    if lines == _ALL:
        return Request(wanted=wanted)
    if lines is not None:
        if not lines.isascii() or not lines.isdecimal() or int(lines) > 10_000_000:
            raise UsageError(f"--lines: {lines!r} is no number of records", hint="20, 0, or all")
        return Request(wanted=wanted, lines=int(lines))
    if wanted.since is not None or (not follow and (wanted.by_text or wanted.until is not None)):
        return Request(wanted=wanted)
    return Request(wanted=wanted, lines=_LAST, look_back=_LOOK_BACK if wanted.by_text else None)


def _select(definition: Fleet, names: list[str] | None) -> Nodes:
    """The nodes meant; whoever may not look into rundir has those of fleet.yaml."""
    from fleetctl.operations.logs import ever_started

    if ever_started(definition.rundir):
        try:
            return select(definition, names, recorded=True)
        except UsageError:
            raise
        except FleetctlError as error:
            note(f"only what fleet.yaml has: {error.message}")
    return _of_fleet(definition, names)


def _of_fleet(definition: Fleet, names: list[str] | None) -> Nodes:
    from fleetctl.fleet.selection import select as choose

    by_name = {node.name: node for node in definition.nodes}
    return {name: by_name[name] for name in choose(definition, names or ["all"])}


def _paths(sources: Sequence[NodeLogs], json: bool) -> int:
    from fleetctl.operations.logs import paths

    found = paths(sources)
    if json:
        write_json({"files": [{"node": name, "path": str(path)} for name, path in found]})
    elif found:
        width = max(len(name) for name, _ in found)
        write_text("\n".join(f"{name:{width}}  {path}" for name, path in found))
    return ExitCode.DONE


def _show(
    sources: Sequence[NodeLogs], request: Request, show: Show, tell: Callable[[Happening], None]
) -> bool:
    """Show what is asked for; whether that was anything."""
    from fleetctl.operations.logs import read

    shown = False
    for entries in read(sources, request, tell):
        show(entries)
        shown = True
    return shown


def _say_what_was_cut_off(definition: Fleet, nodes: Nodes, task: str) -> None:
    from fleetctl.operations.cut_tasks import cut_tasks

    for node, cut in cut_tasks(definition.rundir, nodes, task):
        fate = cut.fate or "cut off"
        note(f"{fate}: {cut.name}[{cut.id}]; `fleetctl history {node}` says when and by whom")


def _show_by_end(task: str, sources: Sequence[NodeLogs], request: Request, show: Show) -> None:
    """Show the tasks whose names end so, there being none of that name.

    What can't be read was told before. Raises FleetctlError with the nearest name where there are
    none, either.
    """
    from fleetctl.logs.wanted import is_id
    from fleetctl.operations.logs import task_names

    limits = request.wanted.since, request.wanted.until, request.wanted.level
    limited = bool(request.wanted.tests) or limits != (None, None, None)
    message = f"no log tells of a task {task}" + " that fits the other options" * limited
    if is_id(task):
        raise FleetctlError(message, hint=_WHICH_FILES)
    # Where much is left out, there may be one of that name for all that.
    named = limited and task in task_names(sources)
    if not named and _show(sources, request, show, lambda _: None):
        return
    raise FleetctlError(message, hint=_nearest(task, task_names(sources)))


def _nearest(task: str, known: Sequence[str]) -> str:
    """What to try where there is nothing to show of a task; `known` are the names of others."""
    from fleetctl.fleet.spelling import did_you_mean

    if any(f".{name}".endswith(f".{task}") for name in known):
        return "without them there is something"
    ends = [name.rpartition(".")[2] for name in known]
    return did_you_mean(task, [*known, *ends]) or _some(known) or _WHICH_FILES


def _some(names: Sequence[str]) -> str | None:
    shown = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    return f"there are: {shown}" if names else None


def _follow(
    definition: Fleet, sources: Callable[[], list[NodeLogs]], request: Request, outlet: Outlet
) -> int:
    """Until ^C, which the program's own handler ends at once: a pager may not be reading."""
    from fleetctl.operations.follow import Following
    from fleetctl.operations.loop import Loop
    from fleetctl.operations.news import News
    from fleetctl.operations.roster import Roster

    loop = Loop()
    roster = Roster(definition.path, definition.rundir, sources, outlet.tell)
    news = News(definition.rundir, outlet.tell, begun=time.time())
    following = Following(loop, roster, news, request=request, sink=outlet.show, emit=outlet.tell)
    following.start()
    loop.run(lambda: False)
    return ExitCode.DONE
