"""The command that gives settings their new names: upgrade-settings."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional, TextIO

import typer

from fleetctl.cli.manner import MANNER, surroundings
from fleetctl.cli.output import geometry, write, write_json, write_text, writing
from fleetctl.cli.program import PROJECT
from fleetctl.cli.reading import JsonOption
from fleetctl.completion import values
from fleetctl.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from fleetctl.operations.upgrade_settings import FileReport, Report
    from fleetctl.settings.project import Wishes

_EXAMPLES = """\
fleetctl upgrade-settings --diff .         # what would change
fleetctl upgrade-settings --verify .       # in place, if nothing differs
fleetctl upgrade-settings --django web     # a Django project's settings
fleetctl upgrade-settings --check .        # for CI"""

_STDIN = "-"
_DJANGO = "CELERY"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "upgrade-settings",
        rich_help_panel=PROJECT,
        short_help="Give Celery settings their lowercase names.",
        epilog=_EXAMPLES,
    )(upgrade_settings)


def upgrade_settings(  # noqa: PLR0917 - typer passes them by name
    paths: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer evaluates it on Python 3.10 too
        typer.Argument(metavar="PATHS...", help="Python files, folders, or - for stdin to stdout."),
        values.FILES,
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if anything would change.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what would change.")
    ] = False,
    django: Annotated[
        bool,
        typer.Option("--django", help="The files are read with namespace='CELERY', as Django's."),
    ] = False,
    namespace: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--namespace", metavar="NAME", help="The files are read by this namespace."),
        values.words("CELERY"),
    ] = None,
    comments: Annotated[
        bool, typer.Option("--comments", help="Rename commented-out settings, too.")
    ] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Load the configuration with Celery before and after; compare."
        ),
    ] = False,
    backup: Annotated[
        bool, typer.Option("--backup/--no-backup", help="Keep the old file as NAME.orig.")
    ] = True,
    json: JsonOption = False,
) -> int:
    """Give Celery's uppercase settings their new names, and change nothing else.

    In place, with a backup, unless --check or --diff is given.
    """
    from fleetctl.settings.project import Wishes

    if not paths:
        hint = "name files or folders: `fleetctl upgrade-settings --diff .` shows what would change"
        raise UsageError("upgrade-settings: which files?", hint=hint)
    wishes = Wishes(namespace=_namespace(django, namespace), comments=comments)
    if _STDIN in paths:
        return _filter(paths, wishes, check=check, diff=diff, json=json, verify=verify)
    report = _run(paths, wishes, backup=backup, verify=verify, dry=check or diff)
    if json:
        from fleetctl.display.settings_json import document

        write_json(document(report))
    else:
        _show(report, diffs=diff or not check, raw=diff, wrote=report.holds and not (check or diff))
    return _code(report, check=check)


def _namespace(django: bool, namespace: str | None) -> str | None:
    if namespace is not None and not namespace.rstrip("_").isidentifier():
        raise UsageError(f"--namespace: {namespace!r} can't begin a name")
    if namespace is not None and not namespace.isupper():
        hint = "Django keeps uppercase settings only; for example: --namespace CELERY"
        raise UsageError(f"--namespace: {namespace!r} isn't uppercase", hint=hint)
    return namespace.rstrip("_") if namespace else _DJANGO if django else None


def _run(paths: list[str], wishes: Wishes, *, backup: bool, verify: bool, dry: bool) -> Report:
    from fleetctl.operations.upgrade_settings import Run

    run = Run(paths, wishes)
    report = run.plan()
    if verify:
        report = run.verify()
    return report if dry else run.write(backup=backup)


def _filter(
    paths: list[str], wishes: Wishes, *, check: bool, diff: bool, json: bool, verify: bool
) -> int:
    """Stdin to stdout; what there is to say goes to stderr."""
    from fleetctl.operations.upgrade_settings import Report, upgrade_text

    if verify:
        hint = "write it to a file first; what is verified is imported from where it stands"
        raise UsageError("--verify works on files, not on stdin", hint=hint)
    if len(paths) > 1 or json:
        other = "--json" if json else "other paths"
        raise UsageError(f"-, which is stdin to stdout, goes without {other}")
    data, file = upgrade_text(sys.stdin.buffer.read(), wishes)
    wrote = not (check or diff)
    report = Report([replace(file, written=wrote)], looked_at=1)
    if diff and file.changes:
        _show_diff(file, raw=True)
    if wrote:
        with writing():
            sys.stdout.buffer.write(data)
    _summarize(report, sys.stderr, wrote=wrote)
    return _code(report, check=check)


def _code(report: Report, *, check: bool) -> int:
    if report.failed or (check and report.changes):
        return ExitCode.FAILED
    return ExitCode.DONE


def _show(report: Report, *, diffs: bool, raw: bool, wrote: bool) -> None:
    if diffs and not MANNER.quiet:
        for file in report.files:
            if file.changes:
                _show_diff(file, raw=raw)
    _summarize(report, sys.stdout, wrote=wrote)


def _summarize(report: Report, stream: TextIO, *, wrote: bool) -> None:
    from fleetctl.display.settings_summary import render

    if MANNER.quiet and not report.failed:
        return
    width, symbols = geometry(stream)
    shown = render(report, width=width, symbols=symbols, folder=_here(), wrote=wrote)
    write(shown, stream)


def _show_diff(file: FileReport, *, raw: bool) -> None:
    """Show what changes; `raw` where it goes into a file, as patches need every byte."""
    from fleetctl.display import settings_diff
    from fleetctl.display.settings_summary import relative
    from fleetctl.display.terminal import coloured

    name = relative(file.path, _here())
    if raw and not sys.stdout.isatty() and file.source is not None:
        old, new = file.source.encode(file.before), file.source.encode(file.after)
        with writing():
            sys.stdout.flush()
            sys.stdout.buffer.write(settings_diff.raw(name, old, new))
            sys.stdout.buffer.flush()
    elif coloured(sys.stdout, surroundings()):
        write(settings_diff.render(name, file.before, file.after), sys.stdout)
    else:
        write_text(settings_diff.plain(name, file.before, file.after))


def _here() -> Path:
    return Path.cwd()
