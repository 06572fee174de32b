"""What pip installs a missing library by: Celery's own names for it."""

from __future__ import annotations

import sys
from importlib.metadata import metadata

import pytest

from fleetctl.runtime.causes import app_cause, boot_cause
from fleetctl.runtime.extras import EXTRAS, absent
from tests.runtime.conftest import APP, MakeLaunch
from tests.runtime.test_failures import cause_of


def missing(name: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_every_extra_is_one_of_celerys() -> None:
    assert set(EXTRAS.values()) <= set(metadata("celery").get_all("Provides-Extra") or ())


@pytest.mark.parametrize(
    ("name", "extra"),
    [("redis", "redis"), ("redis.asyncio", "redis"), ("packaging", "redis"), ("botocore", "sqs")],
)
def test_a_library_of_celerys_comes_with_the_command_that_installs_it(
    name: str, extra: str
) -> None:
    command = f"{sys.executable} -m pip install 'celery[{extra}]'"
    expected = f"ModuleNotFoundError: No module named {name!r}; to install it: {command}"
    assert boot_cause(missing(name), "prefork").message == expected
    assert app_cause("proj", missing(name)).message == expected


@pytest.mark.parametrize(
    "error",
    [
        missing("stripe"),
        missing(""),
        ImportError("redis"),
        AttributeError("'NoneType' object has no"),
    ],
)
def test_of_anything_else_nobody_knows_what_installs_it(error: Exception) -> None:
    assert absent(error) is None


def test_a_worker_without_its_brokers_library_says_that_and_not_that_it_cannot_reach_it(
    make_launch: MakeLaunch,
) -> None:
    launch = make_launch(f"import sys\nsys.modules['redis'] = None\n{APP}")
    launch.env["BROKER"] = "redis://127.0.0.1:1/0"
    launch.node("w1", pool="solo")
    launch.start()
    cause = cause_of(launch)
    assert cause.message.startswith("ModuleNotFoundError: No module named 'redis'; to install it: ")
    assert "-m pip install 'celery[redis]'" in cause.message
    assert "reach" not in cause.message
