"""Files that aren't what they should be, from bytes to aliases."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from fleetctl.fleet import FleetInvalid, check, load
from fleetctl.fleet.document import MAX_BYTES
from tests.fleet.making import problems, write


def only(path: Path) -> tuple[int | None, int | None, str, str | None]:
    """The one problem of the file at `path`."""
    (problem,) = problems(path)
    return problem.line, problem.column, problem.message, problem.hint


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    assert only(tmp_path / "fleet.yaml") == (None, None, "doesn't exist", None)


def test_a_directory_is_named_as_one(tmp_path: Path) -> None:
    assert only(tmp_path) == (
        None,
        None,
        "is a directory",
        f"give the file: {tmp_path}/fleet.yaml",
    )


def test_a_fifo_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fleet.yaml")
    assert only(tmp_path / "fleet.yaml")[2] == "is not a regular file"


def test_a_socket_is_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        assert only(tmp_path / "s")[2] == "is not a regular file"


def test_a_path_through_a_file_says_what_the_system_says(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a")
    assert only(path / "fleet.yaml")[2] == "can't be read: not a directory"


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "\ufeff"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    assert only(path)[2:] == ("the file is empty", "it needs two keys at least: app and workers")


def test_a_file_over_a_megabyte_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "#" * (MAX_BYTES + 1))
    assert only(path)[2] == "is larger than 1 MB: surely not a fleet file"


def test_a_byte_that_is_not_utf_8_is_found(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_bytes("app: ä\nworkers: ü".encode() + b"\xe9 \n")
    (problem,) = problems(path)
    assert (problem.line, problem.column) == (2, 11)
    assert problem.message == "byte 0xe9 is not UTF-8"
    assert problem.text == "workers: ü\ufffd "


def test_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeffapp: a\nworkers: {w1: {}}\n")
    assert load(path).app == "a"


def test_every_tab_in_the_indentation_is_pointed_at(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a\nworkers:\n\tw1: {}\n  \tw2: {}\n")
    found = [(p.line, p.column, p.message, p.hint) for p in problems(path)]
    assert found == [
        (3, 1, "a tab in the indentation", "use spaces"),
        (4, 3, "a tab in the indentation", "use spaces"),
    ]


def test_tabs_that_yaml_allows_are_allowed(tmp_path: Path) -> None:
    path = write(tmp_path, "app:\ta\nworkers:\n  w1: {queues: [\n\ta]}\n")
    assert load(path).nodes[0].queues == ("a",)


def test_a_syntax_error_has_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a\nworkers: {w1: [}\n")
    line, column, message, _ = only(path)
    assert (line, column) == (2, 16)
    assert message.startswith("not valid YAML: ")


def test_a_control_character_has_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a\nworkers: {w1: \x07}\n")
    line, _, message, _ = only(path)
    assert message == "a control character, which YAML doesn't allow"
    assert line == 2


def test_a_second_document_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a\n---\napp: b\n")
    assert only(path) == (
        2,
        1,
        "a second document begins here: a fleet file is one document",
        None,
    )


@pytest.mark.parametrize(
    ("text", "found"), [("- a\n", "a list"), ("fleet\n", "plain text"), ("42\n", "plain text")]
)
def test_the_whole_must_be_a_map(tmp_path: Path, text: str, found: str) -> None:
    message = f"expected a map (app: ..., workers: ...), not {found}"
    assert only(write(tmp_path, text))[:3] == (1, 1, message)


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("!!python/object/apply:os.system [id]", "!!python/object/apply:os.system"),
        ("!!python/name:os.system x", "!!python/name:os.system"),
        ("!!binary aGk=", "!!binary"),
        ("!mine x", "!mine"),
        ("!!set {a, b}", "!!set"),
    ],
)
def test_tags_are_refused_and_nothing_runs(tmp_path: Path, tag: str, said: str) -> None:
    path = write(tmp_path, f"app: {tag}\nworkers: {{w1: {{}}}}\n")
    assert only(path)[2] == f"the tag {said} isn't allowed: a fleet file holds plain values"


@pytest.mark.parametrize(
    ("key", "meaning"),
    [("yes", "true or false"), ("8", "a number"), ("~", "nothing"), ("1.5", "a number")],
)
def test_a_key_that_yaml_takes_for_something_else_needs_quotes(
    tmp_path: Path, key: str, meaning: str
) -> None:
    path = write(tmp_path, f"app: a\nworkers: {{w1: {{}}, {key}: {{}}}}\n")
    first = problems(path)[0]
    assert first.message == f"{key} as a key: YAML reads it as {meaning}"
    assert first.hint == f'write "{key}"'


def test_a_key_that_is_a_list_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a\nworkers: {w1: {}, [a]: {}}\n")
    assert problems(path)[0].message == "a key must be plain text"


def test_keys_given_twice_are_found_at_every_level(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a\napp: b\nworkers:\n  w1: {env: {A: x, A: y}}\n")
    assert [(p.line, p.message) for p in problems(path)] == [
        (2, "app: given twice; first on line 1"),
        (4, "workers.w1.env.A: given twice; first on line 4"),
    ]


def test_a_merged_key_may_be_given_again(tmp_path: Path) -> None:
    text = "app: a\nx-m: &m {pool: solo, loglevel: debug}\nworkers: {w1: {<<: *m, pool: gevent}}\n"
    node = load(write(tmp_path, text)).nodes[0]
    assert node.pool == "gevent"
    assert "--loglevel=DEBUG" in node.options


def test_of_two_merged_maps_the_first_wins_as_yaml_says(tmp_path: Path) -> None:
    text = (
        "app: a\nx-m: &m {pool: solo}\nx-n: &n {pool: gevent, queues: [q]}\n"
        "workers: {w1: {<<: [*m, *n]}}\n"
    )
    node = load(write(tmp_path, text)).nodes[0]
    assert (node.pool, node.queues) == ("solo", ("q",))


def test_merging_what_is_no_map_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a\nworkers: {w1: {<<: [a, b]}}\n")
    assert "<< merges maps; this isn't one" in [problem.message for problem in problems(path)]


@pytest.mark.parametrize("text", ["&a {w1: *a}", "{w1: &a {env: *a}}", "{w1: &a {<<: *a}}"])
def test_an_alias_that_contains_itself_is_refused(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, f"app: a\nworkers: {text}\n")
    assert "this alias contains itself" in [problem.message for problem in problems(path)]


def test_aliases_of_aliases_dont_fill_the_memory(tmp_path: Path) -> None:
    levels = "\n".join(
        f"x-{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" if i else "x-0: &a0 [1]"
        for i in range(12)
    )
    path = write(tmp_path, f"app: a\n{levels}\nworkers: {{w1: {{}}}}\n")
    began = time.monotonic()
    messages = [problem.message for problem in problems(path)]
    assert messages == ["more than 50000 values, those of aliases counted"]
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000])
def test_a_hundred_thousand_levels_dont_crash_the_parser(tmp_path: Path, text: str) -> None:
    assert only(write(tmp_path, text))[2] == "nested more than 40 levels deep"


@pytest.mark.parametrize("character", ["\\0", "\\ud800"])
def test_characters_that_no_program_takes_are_refused(tmp_path: Path, character: str) -> None:
    path = write(tmp_path, f'app: a\nworkers: {{w1: {{env: {{A: "x{character}"}}}}}}\n')
    assert problems(path)


def test_a_number_of_ten_thousand_digits_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, f"app: a\nworkers: {{w1: {{concurrency: {'9' * 10_000}}}}}\n")
    assert only(path)[2].endswith("can't be read as a number")


def test_the_exception_holds_every_problem_and_shows_the_first(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a\npyton: x\nworkers: {w1: {pol: solo}}\n")
    with pytest.raises(FleetInvalid) as invalid:
        load(path)
    assert len(invalid.value.problems) == 2
    assert invalid.value.message == f"{path}:2:1: pyton: unknown key (and 1 more)"
    assert invalid.value.hint == "`fleetctl validate` shows them all"
    assert invalid.value.exit_code == 2


def test_warnings_alone_dont_keep_a_fleet_from_loading(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a\nworkers: {w1: {pool: solo, max_tasks_per_child: 3}}\n")
    fleet, found = check(path)
    assert fleet is not None
    assert [problem.severity for problem in found] == ["warning"]
    assert load(path) == fleet


def test_half_a_megabyte_of_mistakes_is_checked_in_no_time(tmp_path: Path) -> None:
    keys = "".join(f"  wrong_{i}: [1]\n" for i in range(20_000))
    path = write(tmp_path, f"app: a\nworkers:\n{keys}")
    began = time.monotonic()
    assert len(problems(path)) == 200
    assert time.monotonic() - began < 30


def test_a_million_nodes_are_refused_before_they_are_made(tmp_path: Path) -> None:
    workers = "".join(f"  w{i}_: {{replicas: 1000}}\n" for i in range(1000))
    path = write(tmp_path, f"app: a\nworkers:\n{workers}")
    assert only(path)[2] == "workers: these are 1000000 nodes; one fleet has 5000 at most"
