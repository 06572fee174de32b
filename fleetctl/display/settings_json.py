"""What came of an upgrade of settings, as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fleetctl.operations.upgrade_settings import FileReport, Report
from fleetctl.operations.verifying import Verified
from fleetctl.settings.model import Note, Place, Renaming


def document(report: Report) -> dict[str, Any]:
    """``{"schema": 1, "changes": bool, "files": [...], ...}``; an unknown value is null."""
    return {
        "schema": 1,
        "changes": report.changes,
        "looked_at": report.looked_at,
        "files": [_file(file) for file in report.files],
        "dangling": [
            {"path": str(each.path), "renamed": _renamed(each.renamed)} for each in report.dangling
        ],
        "remains": [
            {"path": str(each.path), "places": [_place(place) for place in each.places]}
            for each in report.remains
        ],
        "verified": [_verified(each) for each in report.verified],
    }


def _verified(each: Verified) -> dict[str, Any]:
    return {
        "path": str(each.target.path),
        "name": each.target.name or None,
        "equal": each.equal,
        "differ": list(each.differ),
        "uncertain": list(each.uncertain),
        "error": each.error,
    }


def _file(file: FileReport) -> dict[str, Any]:
    return {
        "path": str(file.path),
        "changes": file.changes,
        "written": file.written,
        "backup": str(file.backup) if file.backup else None,
        "linked": file.linked,
        "renamed": _renamed(file.renamed),
        "namespace_added": list(file.added),
        "left": [_note(note) for note in file.notes if note.kind == "left"],
        "person": [_note(note) for note in file.notes if note.kind == "person"],
        "error": _error(file) if file.error else None,
    }


def _renamed(renamings: Iterable[Renaming]) -> list[dict[str, Any]]:
    return [{**_place(renaming.place), "new": renaming.new} for renaming in renamings]


def _note(note: Note) -> dict[str, Any]:
    return {
        "reason": note.reason,
        "advice": note.advice or None,
        "places": [_place(place) for place in note.places],
    }


def _place(place: Place) -> dict[str, Any]:
    return {"name": place.name, "line": place.line, "column": place.column}


def _error(file: FileReport) -> dict[str, Any]:
    return {
        "message": file.error,
        "hint": file.hint,
        "line": file.line,
        "column": file.column,
    }
