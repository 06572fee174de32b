"""The door of the runtime: run by path, in any virtualenv, and gone from sys.path before all else.

``PYTHON launcher.py --control FD [--ahead] [padding]`` is a launcher; with ``--probe FD`` it is a
try whether nodes could start, with ``--node FD`` one node that needs an interpreter of its own, and
with ``--reap FD`` what a launcher becomes once it has launched.
The siblings of this file are imported
as `_fleetctl_runtime`, never by way of sys.path: the user's own ``agent.py`` must stay theirs.
"""

import importlib.util
import os
import sys

PACKAGE = "_fleetctl_runtime"
ENTRIES = {
    "--control": ".launching",
    "--node": ".node",
    "--probe": ".probe",
    "--reap": ".reaping",
}


def leave_path() -> None:
    """Give sys.path the first entry that ``python -m celery`` has: the working directory.

    Nothing is to be replaced where PYTHONSAFEPATH, ``-P`` or ``-I`` kept Python from putting
    this file's folder there.
    """
    if not (getattr(sys.flags, "safe_path", False) or sys.flags.isolated):
        sys.path[0] = os.getcwd()


def make_package() -> None:
    """Put this folder into sys.modules, as a package that no path leads to."""
    init = os.path.join(os.path.dirname(os.path.abspath(__file__)), "__init__.py")
    spec = importlib.util.spec_from_file_location(PACKAGE, init)
    if spec is None or spec.loader is None:
        raise ImportError(f"no Python package at {init}")
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)


def main() -> int:
    leave_path()
    make_package()
    importlib.import_module(".collecting", PACKAGE).pause()
    entry = ENTRIES[sys.argv[1]]
    module = importlib.import_module(entry, PACKAGE)
    status: int = module.main(int(sys.argv[2]))
    return status


if __name__ == "__main__":
    sys.exit(main())
