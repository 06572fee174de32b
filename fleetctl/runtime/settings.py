"""Loads configurations with Celery and tells every effective setting: run as a script of its own.

It reads what to load from stdin and answers on stdout, both JSON. Files may be given other contents
than they have: the user's modules are then imported as if they had been changed.
"""

import base64
import json
import os
import sys
from importlib import import_module, machinery, util
from typing import Any, Dict, List, Optional

OWN = "fleetctl.settings"

if __name__ == "__main__":
    # The folder of this script would shadow the user's modules.
    sys.path.pop(0)


def main() -> int:
    """Answer ``{"targets": [...], "paths": [...], "contents": {path: base64}}``."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    plan = json.loads(sys.stdin.read())
    sys.path[:0] = plan["paths"]
    pretend({path: base64.b64decode(data) for path, data in plan["contents"].items()})
    answers = {}
    # What makes apps may be called by any of the others: those are looked at last.
    for index, target in sorted(enumerate(plan["targets"]), key=lambda each: in_turn(each[1])):
        answers[index] = told(target)
    answer.write(json.dumps([answers[index] for index in sorted(answers)]))
    answer.flush()
    # Threads that the user's modules have started are of no interest.
    os._exit(0)


def in_turn(target: Dict[str, Any]) -> bool:
    """Whether a target is for the end."""
    return bool(target["kind"] == "conf")


def pretend(contents: Dict[str, bytes]) -> None:
    """Let modules be imported with these contents of their files, and none from a cache."""
    sys.dont_write_bytecode = True
    real = machinery.SourceFileLoader.get_data

    def get_data(self: Any, path: Any) -> bytes:
        if path.endswith(".pyc"):
            raise OSError("not from a cache")
        return contents.get(os.path.abspath(path)) or real(self, path)

    machinery.SourceFileLoader.get_data = get_data  # type: ignore[method-assign]


def told(target: Dict[str, Any]) -> Dict[str, Any]:
    """The settings of one target, or why it can't be loaded."""
    try:
        return {"settings": settings(target)}
    except BaseException as error:  # noqa: BLE001 - whatever a user's module may raise
        return {"error": f"{type(error).__name__}: {error}"}


def settings(target: Dict[str, Any]) -> Dict[str, Any]:
    """Every effective setting of a target, described."""
    module = load(target["module"], target["path"])
    if target["kind"] == "conf":
        return of_apps()
    source: Any = module
    for name in filter(None, target["name"].split(".")):
        source = getattr(source, name)
    if target["kind"] == "django":
        source = {key: value for key, value in vars(module).items() if key.isupper()}
    return of_source(source, target["namespace"])


def load(name: str, path: str) -> Any:
    """The module of this name and file; one that can't be imported by a name gets another."""
    if all(part.isidentifier() for part in name.split(".")):
        return import_module(name)
    spec = util.spec_from_file_location("settings_file", path)
    if spec is None or spec.loader is None:
        raise ImportError("no module can be made of " + path)
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def of_source(source: Any, namespace: Optional[str]) -> Dict[str, Any]:
    """What an app sees that is configured from an object."""
    from celery import Celery

    app = Celery(OWN, set_as_current=False, fixups=[])
    app.config_from_object(source, namespace=namespace)
    return effective(app)


def of_apps() -> Dict[str, Any]:
    """What all apps see that the loaded modules have made, by their order."""
    from celery._state import _get_active_apps

    apps = [app for app in _get_active_apps() if app.main not in (OWN, "default")]
    apps.sort(key=lambda app: (str(app.main), str(getattr(app, "namespace", ""))))
    return {
        f"{app.main}[{index}].{key}": value
        for index, app in enumerate(apps)
        for key, value in effective(app).items()
    }


def effective(app: Any) -> Dict[str, Any]:
    """Every setting as the app has it."""
    from celery.app.defaults import SETTING_KEYS

    return {key: describe(getattr(app.conf, key), []) for key in sorted(SETTING_KEYS)}


_PLAIN = (type(None), bool, int, float, str, bytes, complex)
_DEEPEST = 12


def describe(value: Any, around: List[int]) -> Any:
    """A value by its type and state, without addresses: equal for equal ones, whenever made."""
    kind = type(value).__module__ + "." + type(value).__qualname__
    if isinstance(value, _PLAIN):
        return [kind, repr(value)]
    if id(value) in around or len(around) > _DEEPEST:
        return [kind, "..."]
    inside = [*around, id(value)]
    if isinstance(value, dict):
        items = [[describe(key, inside), describe(value[key], inside)] for key in value]
        return [kind, sorted(items, key=repr)]
    if isinstance(value, (list, tuple)):
        return [kind, [describe(each, inside) for each in value]]
    if isinstance(value, (set, frozenset)):
        return [kind, sorted((describe(each, inside) for each in value), key=repr)]
    return [kind, of_object(value, inside)]


def of_object(value: Any, around: List[int]) -> Any:
    """The state of what is no plain value and no collection."""
    if isinstance(value, type) or type(value).__name__ == "module":
        return getattr(value, "__module__", "") + "." + getattr(value, "__qualname__", str(value))
    if hasattr(value, "__code__"):
        return of_function(value, around)
    if type(value).__module__ in ("datetime", "decimal", "fractions", "pathlib", "re", "uuid"):
        return repr(value)
    if type(value).__name__ in ("Celery", "builtin_function_or_method", "lock"):
        return getattr(value, "__qualname__", "")
    state = dict(getattr(value, "__dict__", {}))
    for owner in type(value).__mro__:
        slots = owner.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name):
                state[name] = getattr(value, name)
    return describe(state, around)


def of_function(value: Any, around: List[int]) -> Any:
    """A function by where it is from and what it does; what its variables are called may change."""
    code = value.__code__
    constants = [each for each in code.co_consts if not hasattr(each, "co_code")]
    cells = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
    return [
        f"{value.__module__}.{value.__qualname__}",
        code.co_code.hex(),
        describe(constants, around),
        describe(cells, around),
        describe(value.__defaults__, around),
    ]


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - empty ones raise
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
