"""Which fleet.yaml is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetctl.errors import UsageError
from fleetctl.fleet.locate import absolute, find
from tests.fleet.making import write


def test_the_nearest_file_upward_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find(None, {}, inner) == path


def test_the_environment_comes_before_the_folder_and_the_option_before_both(
    tmp_path: Path,
) -> None:
    write(tmp_path, "app: a")
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text("app: a")
    environ = {"FLEETCTL_FLEET": "one.yaml"}
    assert find(None, environ, tmp_path) == tmp_path / "one.yaml"
    assert find("two.yaml", environ, tmp_path) == tmp_path / "two.yaml"


def test_an_empty_variable_counts_as_none(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a")
    assert find(None, {"FLEETCTL_FLEET": ""}, tmp_path) == path


def test_a_folder_stands_for_the_file_in_it(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a")
    assert find(str(tmp_path), {}, Path("/")) == path


def test_a_broken_link_is_found_so_that_reading_it_can_say_so(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").symlink_to("nowhere")
    assert find(None, {}, tmp_path) == tmp_path / "fleet.yaml"


def test_nothing_found_says_where_it_looked_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        find(None, {}, tmp_path)
    assert error.value.message == f"no fleet.yaml in {tmp_path} or any folder above it"
    assert error.value.hint == (
        "`fleetctl init` makes one; -f PATH or FLEETCTL_FLEET names one elsewhere"
    )


@pytest.mark.parametrize(
    ("explicit", "environ", "said"),
    [
        ("no.yaml", {}, "--fleet: {}/no.yaml doesn't exist"),
        (None, {"FLEETCTL_FLEET": "no.yaml"}, "FLEETCTL_FLEET: {}/no.yaml doesn't exist"),
        (".", {}, "--fleet: there is no fleet.yaml in {}"),
        ("", {}, "--fleet names no file"),
    ],
)
def test_a_file_that_isnt_there_is_named_with_who_named_it(
    tmp_path: Path, explicit: str | None, environ: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError) as error:
        find(explicit, environ, tmp_path)
    assert error.value.message == said.format(tmp_path)


def test_the_other_ending_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "fleet.yml").write_text("app: a")
    with pytest.raises(UsageError) as error:
        find("fleet.yaml", {}, tmp_path)
    assert error.value.hint == f"there is {tmp_path}/fleet.yml"


def test_dots_are_left_out_where_that_means_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert absolute(Path("./a/../b"), tmp_path) == tmp_path / "b"


def test_dots_behind_a_link_are_kept(tmp_path: Path) -> None:
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to("far/away")
    assert absolute(Path("link/../b"), tmp_path) == tmp_path / "link/../b"
