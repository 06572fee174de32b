"""What is said when code can't start, and with which exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetctl.errors import ExitCode
from fleetctl.operations.preflight import Found, complaint
from fleetctl.runtime.formats import Cause

WORKDIR = Path("/srv/shop")
IMPORT = Cause("app-error", "ImportError: no stripe", "/srv/shop/proj/tasks.py", 12)
OPTION = Cause("option", "No such option: --frob")


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        pytest.param(IMPORT, "proj/tasks.py:12 ImportError: no stripe", id="in the workdir"),
        pytest.param(
            Cause("app-error", "ValueError: x", "/opt/lib/a.py", 3),
            "/opt/lib/a.py:3 ValueError: x",
            id="elsewhere",
        ),
        pytest.param(OPTION, "No such option: --frob", id="without a place"),
    ],
)
def test_the_place_comes_first(cause: Cause, said: str) -> None:
    error = complaint([Found(cause, ("w1",), WORKDIR)], ["w1"])
    assert error.message == f"nothing stopped: {said}"


def test_a_fault_that_several_share_is_told_once() -> None:
    found = [Found(IMPORT, ("w1", "w2"), WORKDIR), Found(IMPORT, ("io",), WORKDIR)]
    assert complaint(found, ["w1", "w2", "io"]).message.count("ImportError") == 1


def test_a_fault_that_some_have_names_them() -> None:
    found = [Found(OPTION, ("w2",), WORKDIR), Found(IMPORT, ("io",), WORKDIR)]
    assert complaint(found, ["w1", "w2", "io"]).message.splitlines() == [
        "nothing stopped: No such option: --frob (w2)",
        "proj/tasks.py:12 ImportError: no stripe (io)",
    ]


@pytest.mark.parametrize(
    ("causes", "code"),
    [([OPTION], ExitCode.USAGE), ([IMPORT], ExitCode.FAILED), ([IMPORT, OPTION], ExitCode.FAILED)],
)
def test_options_alone_are_an_error_of_usage(causes: list[Cause], code: ExitCode) -> None:
    found = [Found(cause, ("w1",), WORKDIR) for cause in causes]
    assert complaint(found, ["w1"]).exit_code is code
