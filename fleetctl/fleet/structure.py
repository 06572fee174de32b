"""Checks a document against the schema and says what is wrong in the user's words."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fleetctl.fleet.complaints import Complaints
from fleetctl.fleet.document import Document
from fleetctl.fleet.names import check_names
from fleetctl.fleet.promotion import promote
from fleetctl.fleet.schema import Autoscale, Beat, FleetFile, Flower, Worker
from fleetctl.fleet.spelling import nearest
from fleetctl.fleet.tree import Trail, dotted
from fleetctl.fleet.wording import quoted, shown

_ROUNDS = 5
_EXAMPLES = {
    ("app",): "app: proj.celery:app, as for `celery -A`",
    ("workers",): "workers: {w1: {queues: [celery]}}",
}


def validate(document: Document, complaints: Complaints) -> FleetFile | None:
    """The file's content. What is wrong in it is complained about and left out.

    So that what only shows in the whole can still be checked. None where there are no workers.
    """
    data = deepcopy(document.data)
    for trail in document.broken:
        _leave_out(data, trail, "broken")
    if document.broken and not data.get("workers"):
        return None
    check_names(data, complaints)
    promote(data, complaints)
    for _ in range(_ROUNDS):
        try:
            return FleetFile.model_validate(data)
        except ValidationError as invalid:
            for error in invalid.errors(include_url=False):
                if complaints.full:
                    return None
                _complain(error, complaints)
                _leave_out(data, tuple(error["loc"]), error["type"])
        if not data.get("workers"):
            break
    return None


def _complain(error: ErrorDetails, complaints: Complaints) -> None:
    trail: Trail = tuple(error["loc"])
    match error["type"]:
        case "extra_forbidden":
            _unknown_key(trail, complaints)
        case "missing":
            hint = f"for example `{_EXAMPLES[trail]}`" if trail in _EXAMPLES else None
            message = f"the key `{trail[-1]}` is missing"
            complaints.error(trail[:-1], message, hint, at="key")
        case "too_short":
            hint = f"for example `{_EXAMPLES[trail]}`" if trail in _EXAMPLES else None
            complaints.error(trail, "is empty", hint)
        case "expected":
            _unexpected(error["ctx"]["what"], error, complaints)
        case "list_type":
            _unexpected("a list", error, complaints)
        case _:
            _unexpected("a map (key: value)", error, complaints)


def _unexpected(what: str, error: ErrorDetails, complaints: Complaints) -> None:
    trail: Trail = tuple(error["loc"])
    value = shown(error["input"], trail, complaints.document)
    complaints.error(
        trail, f"expected {what}, not {value}", _value_hint(error, complaints.document)
    )


def _value_hint(error: ErrorDetails, document: Document) -> str | None:
    trail, value, context = tuple(error["loc"]), error["input"], error.get("ctx", {})
    source = document.source(trail) or ""
    if isinstance(value, str) and (close := nearest(source, context.get("choices", ()))):
        return f"did you mean `{close}`?"
    if isinstance(value, str) and quoted(trail, document) and source.isdigit():
        return f"without the quotes: {source}"
    if context.get("quote") and value is None:
        return 'for an empty value write ""'
    if context.get("quote") and isinstance(value, bool | int | float):
        return f'write it in quotes: "{source}"'
    return None


def _unknown_key(trail: Trail, complaints: Complaints) -> None:
    key, parent = str(trail[-1]), trail[:-1]
    known = list(_keys_at(parent))
    close = nearest(key.replace("-", "_"), known)
    if close:
        hint = f"did you mean `{close}`?"
    elif elsewhere := _home(key, parent):
        hint = f"`{key}` belongs {elsewhere}"
    else:
        hint = "the keys here are " + ", ".join(known)
    complaints.error(trail, "unknown key", hint, at="key")


def _keys_at(parent: Trail) -> dict[str, Any]:
    return _model_at(parent).model_fields


def _model_at(parent: Trail) -> type[BaseModel]:
    if parent and parent[-1] == "autoscale":
        return Autoscale
    by_key: dict[str | int, type[BaseModel]] = {"beat": Beat, "flower": Flower}
    return by_key.get(parent[0], Worker) if parent else FleetFile


def _home(key: str, parent: Trail) -> str | None:
    if not parent and key in Worker.model_fields:
        return "to a worker, or under `defaults` for all of them"
    if parent and key in FleetFile.model_fields:
        return f"at the top level, not in {dotted(parent)}"
    return None


def _leave_out(data: dict[str, Any], trail: Trail, kind: str) -> None:
    """Take the invalid part away, or put something harmless where something must be."""
    if trail == ("app",):
        data["app"] = "app"
        return
    # Half a list or half an autoscale would say something that nobody meant.
    if kind == "missing":
        trail = trail[:-1]
    whole = next((i for i, part in enumerate(trail) if isinstance(part, int)), len(trail))
    trail = trail[:whole]
    parent: Any = data
    for part in trail[:-1]:
        parent = parent.get(part, {})
    if not isinstance(parent, dict) or (trail[-1:] and trail[-1] not in parent):
        return
    if len(trail) == 2 and trail[0] == "workers":
        parent[trail[1]] = {}
    elif trail:
        parent.pop(trail[-1], None)
