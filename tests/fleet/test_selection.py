"""Names, globs, groups: which nodes they mean."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from fleetctl.errors import UsageError
from fleetctl.fleet.model import Fleet
from fleetctl.fleet.selection import select
from tests.fleet.making import fleet

HOST = socket.gethostname()


@pytest.fixture
def farm(tmp_path: Path) -> Fleet:
    return fleet(
        tmp_path,
        """
        app: proj
        workers:
          w1: {}
          io: {hostname: mail@%h}
          crunch: {replicas: 3}
        groups:
          web: [io, w1]
          most: ["crunch*"]
          one: [crunch2]
        """,
    )


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        (["w1"], ["w1"]),
        (["crunch"], ["crunch1", "crunch2", "crunch3"]),
        (["crunch2"], ["crunch2"]),
        (["crunch[13]"], ["crunch1", "crunch3"]),
        (["*"], ["w1", "io", "crunch1", "crunch2", "crunch3"]),
        (["all"], ["w1", "io", "crunch1", "crunch2", "crunch3"]),
        (["@web"], ["w1", "io"]),
        (["@most"], ["crunch1", "crunch2", "crunch3"]),
        (["@one"], ["crunch2"]),
        ([f"w1@{HOST}"], ["w1"]),
        ([f"mail@{HOST}"], ["io"]),
        (["mail@*"], ["io"]),
        (["crunch3", "w1", "crunch", "w1"], ["w1", "crunch1", "crunch2", "crunch3"]),
        ([], []),
    ],
)
def test_patterns_mean_nodes_in_the_order_of_the_file(
    farm: Fleet, patterns: list[str], chosen: list[str]
) -> None:
    assert select(farm, patterns) == tuple(chosen)


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        (["all"], ["w1", "io", "crunch1", "crunch2", "crunch3", "crunch4", "old"]),
        (["old"], ["old"]),
        (["crunch*"], ["crunch1", "crunch2", "crunch3", "crunch4"]),
        (["crunch"], ["crunch1", "crunch2", "crunch3"]),
    ],
)
def test_nodes_that_left_the_file_come_last(
    farm: Fleet, patterns: list[str], chosen: list[str]
) -> None:
    assert select(farm, patterns, also=["old", "crunch4", "w1"]) == tuple(chosen)


def test_everything_unknown_is_named_at_once_with_the_nearest_spelling(farm: Fleet) -> None:
    with pytest.raises(UsageError) as error:
        select(farm, ["w1", "crunh", "@wbe", "zzz", "q*", "crunh"])
    assert error.value.message == (
        "no such nodes or groups: `crunh` (did you mean `crunch`?), "
        "`@wbe` (did you mean `@web`?), `zzz`, `q*`"
    )
    assert error.value.hint == "`fleetctl names` lists them"


def test_one_unknown_name_is_said_in_the_singular(farm: Fleet) -> None:
    with pytest.raises(UsageError) as error:
        select(farm, ["zzz"])
    assert error.value.message == "no such node, worker or group: `zzz`"


def test_the_names_of_workers_and_groups_are_different_things(farm: Fleet) -> None:
    with pytest.raises(UsageError):
        select(farm, ["web"])
    with pytest.raises(UsageError):
        select(farm, ["@w1"])
