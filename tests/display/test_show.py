from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetctl.display.show import Command, document, quote, script

W1 = Command(
    name="w1",
    argv=[".venv/bin/python", "-m", "celery", "-A", "proj.celery:app", "worker", "-n", "w1@h",
          "-Q", "a,b", "--without-gossip"],
    env={"A": "1", "B": "x y"},
    unset=["CELERY_WORKER_QUEUES"],
    workdir="/srv/my proj",
    notes=["inherited: BROKER_URL=redis://:***@cache-1/0 changes the broker"],
)  # fmt: skip
REVEAL = "import json, os, sys; print(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]))"


def run(command: Command, *, width: int | None) -> tuple[list[str], str, dict[str, str]]:
    """What a program pasted into bash is given: arguments, folder, environment."""
    done = subprocess.run(
        ["bash", "-c", script([command], width=width)],
        env={"PATH": "/usr/bin:/bin", "GONE": "here", "PYTHONUTF8": "1"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    arguments, folder, environ = json.loads(done.stdout)
    return arguments, folder, environ


def test_a_terminal_gets_an_option_a_line() -> None:
    assert script([W1], width=80).splitlines() == [
        "# w1",
        "# inherited: BROKER_URL=redis://:***@cache-1/0 changes the broker",
        "cd '/srv/my proj' && env \\",
        "    -u CELERY_WORKER_QUEUES \\",
        "    A=1 \\",
        "    B='x y' \\",
        "    .venv/bin/python -m celery -A proj.celery:app worker \\",
        "    -n w1@h \\",
        "    -Q a,b \\",
        "    --without-gossip",
    ]


def test_a_start_that_is_too_long_goes_on_in_the_next_line() -> None:
    argv = ["/srv/shop/.venv/bin/python", "-m", "celery", "--app=proj.celery:app", "worker", "-E"]
    command = Command(name="w1", argv=argv, workdir="/srv/shop", notes=["two words"])
    assert script([command], width=48).splitlines()[1:] == [
        "# two words",
        "cd /srv/shop && \\",
        "    /srv/shop/.venv/bin/python -m celery \\",
        "    --app=proj.celery:app worker \\",
        "    -E",
    ]
    assert script([command], width=8).splitlines()[1:3] == ["# two", "# words"]


def test_a_pipe_gets_a_command_a_line() -> None:
    assert script([W1], width=None).splitlines()[-1] == (
        "cd '/srv/my proj' && env -u CELERY_WORKER_QUEUES A=1 B='x y' "
        ".venv/bin/python -m celery -A proj.celery:app worker -n w1@h -Q a,b --without-gossip"
    )


def test_without_an_environment_there_is_no_env() -> None:
    plain = Command(name="w1", argv=["python", "-m", "celery", "worker"], workdir="/srv")
    assert script([plain], width=None) == "# w1\ncd /srv && python -m celery worker"


def test_nodes_are_set_apart_by_an_empty_line() -> None:
    assert script([W1, W1], width=None).split("\n\n") == [script([W1], width=None)] * 2


def test_a_note_cannot_leave_its_comment() -> None:
    noted = Command(name="a\nrm x", argv=["true"], workdir="/", notes=["x\ntouch y\r"])
    assert script([noted], width=80) == "# a\\nrm x\n# x\\ntouch y\\r\ncd / && true"


@pytest.mark.parametrize("width", [80, 40, None])
def test_what_is_pasted_runs_as_it_was_meant(tmp_path: Path, width: int | None) -> None:
    folder = tmp_path / "a 'folder'\n$HOME"
    folder.mkdir()
    words = [
        "-x",
        "",
        "it's",
        'a "b"',
        "$(false)",
        "tab\there",
        "esc\x1b[2J",
        "日本",
        "*",
        "\\",
        "#",
    ]
    env = {"A": "1\n2", "B": "`false`", "TERM": "x"}
    command = Command(
        name="n",
        argv=[sys.executable, "-c", REVEAL, *words],
        env=env,
        unset=["GONE"],
        workdir=str(folder),
    )
    arguments, where, environ = run(command, width=width)
    assert arguments == words
    assert where == str(folder)
    assert "GONE" not in environ
    assert {name: environ[name] for name in env} == env


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        min_size=1,
        max_size=5,
    )
)
def test_any_words_survive_a_shell(words: list[str]) -> None:
    printed = subprocess.run(
        ["bash", "-c", " ".join(["printf", r"'%s\0'", *map(quote, words)])],
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout.decode()
    assert printed.split("\0")[:-1] == words


def test_bytes_that_were_not_utf8_come_back_as_they_were() -> None:
    assert quote("\udcff") == "$'\\377'"


def test_json_has_the_fields_of_the_contract() -> None:
    assert document([W1]) == {
        "schema": 1,
        "nodes": [
            {
                "name": "w1",
                "argv": list(W1.argv),
                "env": {"A": "1", "B": "x y"},
                "workdir": "/srv/my proj",
            }
        ],
    }
