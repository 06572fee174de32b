"""docs/json.md is what `--json` prints: every field, and none that isn't there."""

from __future__ import annotations

import json
import os
import re
import signal
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.tree import COMMANDS
from tests.sessions import BROKEN, ROOT
from tests.support.fleets import Fleet, Result
from tests.support.tasks import Tasks
from tests.support.waiting import wait_until

PAGE = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
TYPES = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "object": (dict,),
    "null": (type(None),),
}
FREE = {"nodes[].env", "fields"}
"""Objects whose keys are the user's."""


def documented(command: str) -> dict[str, tuple[type, ...]]:
    """The fields that the page has of a command, and the types it allows."""
    rows = re.findall(r"^\| `([^`]+)` \| ([a-z, ]+) \|", SECTIONS[command], re.MULTILINE)
    return {path: sum((TYPES[name] for name in kinds.split(", ")), ()) for path, kinds in rows}


def fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field of a document and its value; containers included."""
    if isinstance(value, dict) and path not in FREE:
        for key, inner in value.items():
            name = f"{path}.{key}" if path else key
            yield name, inner
            yield from fields(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner, f"{path}[]")


def check(command: str, *results: Result) -> None:
    """What these printed and what the page says of the command are the same."""
    seen: dict[str, list[Any]] = defaultdict(list)
    for result in results:
        for name, value in fields(json.loads(result.stdout)):
            seen[name].append(value)
    known = documented(command)
    containers = {name.rpartition("[]")[0].rstrip(".") for name in known if "[]" in name}
    assert seen.keys() - known.keys() <= {name for name in containers if name not in known}
    assert known.keys() - seen.keys() == set(), "documented, but never printed"
    for name, types in known.items():
        for value in seen[name]:
            assert type(value) in types, (name, value)


@pytest.fixture
def busy(fleet: Fleet, tasks: Tasks) -> Fleet:
    """A node that runs a task, one that was killed at its task, one that never ran."""
    worker = {"pool": "prefork", "concurrency": 1}
    fleet.write(
        {name: {**worker, "queues": [name], "env": {"A": "b"}} for name in ("w1", "w2", "w3")}
    )
    fleet.start("w1", "w2")
    for queue in ("w1", "w2"):
        tasks.send("slow", queue=queue, seconds=600)
        wait_until(
            lambda queue=queue: fleet.status(queue)[queue]["active"],  # type: ignore[misc]
            timeout=30,
            what=f"a task on {queue}",
        )
    os.kill(fleet.pid("w2"), signal.SIGKILL)
    fleet.wait_for_state("w2", "crashed")
    return fleet


def test_status_and_history_print_what_the_page_says(busy: Fleet) -> None:
    check("status", busy.run("status", "--json"))
    busy.run("kill", "w1")
    check("history", busy.run("history", "--json"))


def test_a_watched_status_is_a_document_a_line(fleet: Fleet) -> None:
    fleet.write({"w1": {"pool": "solo"}})
    process = fleet.begin("status", "--json", "--watch")
    assert process.stdout is not None
    first, second = process.stdout.readline(), process.stdout.readline()
    process.send_signal(signal.SIGINT)

    assert process.wait(30) == 130
    process.stdout.close()
    assert json.loads(first)["nodes"][0]["state"] == json.loads(second)["nodes"][0]["state"]


def test_a_record_of_the_logs_is_a_document_a_line(fleet: Fleet) -> None:
    fleet.write({"w1": {"pool": "solo"}})
    (fleet.folder / "log").mkdir()
    (fleet.folder / "log" / "w1.log").write_text(
        "[2026-11-22 20:15:00,123: INFO/MainProcess] Task a.b[c] received\n  below\n"
        '{"event": "paid", "level": "info", "amount": 3}\n'
    )
    lines = fleet.run("logs", "--json").stdout.splitlines()
    check("logs", *(Result("logs", 0, line, "") for line in lines))
    assert json.loads(fleet.run("logs", "--paths", "--json").stdout)["files"][0]["node"] == "w1"


def test_what_is_read_from_the_file_is_printed_as_the_page_says(fleet: Fleet) -> None:
    fleet.write({"w1": {"pool": "solo", "env": {"A": "b"}}})
    check("show", fleet.run("show", "--json"))
    check("names", fleet.run("names", "--json"))
    fleet.path.write_text(BROKEN)
    check("validate", fleet.run("validate", "--json"))


def test_an_upgrade_of_settings_prints_what_the_page_says(fleet: Fleet) -> None:
    texts = {
        "celeryconfig": "BROKER_URL = 'x'\nCELERY_ENABLE_UTC = True\n",
        "tasks": "from celeryconfig import BROKER_URL\n",
        "settings": "INSTALLED_APPS = []\nBROKER_URL = 'x'\n",
        "other": "print(x.BROKER_URL)\n",
        "broken": "BROKER_URL = (\n",
        "old": "print 'BROKER_URL'\n",
    }
    for name, text in texts.items():
        fleet.module(name, text)
    given = [f"{name}.py" for name in texts if name != "tasks"]
    check("upgrade-settings", fleet.run("upgrade-settings", "--json", "--verify", *given))


def test_every_command_that_prints_json_is_on_the_page() -> None:
    printing = {
        name
        for name, command in COMMANDS.items()
        if any("--json" in param.opts for param in command.params)
    }

    assert printing - SECTIONS.keys() == set()


@pytest.mark.parametrize("command", ["status", "history", "logs", "show", "names"])
def test_an_error_leaves_stdout_empty(fleet: Fleet, command: str) -> None:
    result = fleet.run(command, "--json")

    assert (result.code, result.stdout) == (2, "")
    assert result.stderr
