"""What the README shows is what the program says; what it names exists."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from tests.cli.tree import COMMANDS
from tests.conftest import MakeFleet
from tests.sessions import ROOT, SESSIONS, SHOWN_ONLY, Session, normal

README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def session_of(block: str) -> Session | None:
    """What makes a block of the README."""
    return next((run for start, run in SESSIONS.items() if block.startswith(start)), None)


def test_every_session_of_the_readme_can_be_run() -> None:
    unknown = [
        block.splitlines()[0]
        for block in SHOWN
        if session_of(block) is None and not block.startswith(tuple(SHOWN_ONLY))
    ]

    assert unknown == [], "tests/sessions.py doesn't know how to make these"


def test_every_session_that_can_be_run_is_in_the_readme() -> None:
    missing = [s for s in SESSIONS if not any(block.startswith(s) for block in SHOWN)]

    assert missing == []


@pytest.mark.parametrize(
    "block", [b for b in SHOWN if session_of(b)], ids=lambda block: block.splitlines()[0]
)
def test_a_session_of_the_readme_reads_as_the_program_says_it(
    block: str, make_fleet: MakeFleet
) -> None:
    run = session_of(block)
    assert run is not None
    fleet = make_fleet()

    assert normal(block, fleet) in normal(run(fleet), fleet)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    assert re.search(rf"`?(fleetctl )?{re.escape(name)}\b", README)


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)

    assert [target for target in targets if not Path(ROOT, target).exists()] == []


def text_of(picture: str) -> str:
    """What is written in a picture of docs/."""
    svg = (ROOT / "docs" / f"{picture}.svg").read_text(encoding="utf-8")
    return "\n".join(
        html.unescape("".join(re.findall(r">([^<]*)</text>", line))) for line in svg.splitlines()
    )


def test_the_picture_of_stopwait_shows_what_the_session_says(make_fleet: MakeFleet) -> None:
    (block,) = [each for each in SHOWN if each.startswith("$ fleetctl stopwait")]

    assert normal(text_of("stopwait").replace("\xa0", " ").strip(), make_fleet()) == normal(
        block, make_fleet()
    )


def test_the_picture_of_status_has_the_columns_of_the_session() -> None:
    (heading,) = [line for line in SHOWN[0].splitlines() if "UPTIME" in line]

    assert " ".join(heading.split()) in " ".join(text_of("status").split())


def test_the_picture_of_logs_shows_two_nodes_and_a_whole_traceback() -> None:
    lines = [" ".join(line.split()) for line in text_of("logs").splitlines()]

    assert any(line.startswith("crunch │") and "ready." in line for line in lines)
    assert any(line.startswith("mail │") and "succeeded in" in line for line in lines)
    begin = lines.index("│ Traceback (most recent call last):")
    assert lines.index("│ ValueError: this task always fails") > begin
