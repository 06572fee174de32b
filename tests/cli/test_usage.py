"""What is wrong with a command line, in our words, with what was probably meant."""

from __future__ import annotations

import pytest

from tests.conftest import MakeFleet


@pytest.mark.parametrize(
    ("line", "error", "hint"),
    [
        ("strt", "no such command: strt", "did you mean `start`?"),
        ("stat", "no such command: stat", "did you mean `status`?"),
        ("up", "no such command: up", "did you mean `start`?"),
        ("ps", "no such command: ps", "did you mean `status`?"),
        ("reload", "no such command: reload", "did you mean `restart`?"),
        ("down", "no such command: down", "did you mean `stopwait`?"),
        ("quux", "no such command: quux", "`fleetctl help` shows the commands"),
        ("start --tmeout 3", "no such option: --tmeout", "did you mean `--timeout`?"),
        ("start --tim 3", "no such option: --tim", "did you mean `--timeout`?"),
        ("start --bogus", "no such option: --bogus", "see `fleetctl start --help`"),
        (
            "stop --timeout 3 all",
            "no such option: --timeout",
            "stop doesn't wait: `fleetctl stopwait` has --timeout",
        ),
        ("kill --timeout 3 all", "no such option: --timeout", "see `fleetctl kill --help`"),
        ("status -x", "no such option: -x", "see `fleetctl status --help`"),
        (
            "start --timeout",
            "option '--timeout' requires an argument",
            "see `fleetctl start --help`",
        ),
        ("restart a --batch x", "--batch: not a whole number", "see `fleetctl restart --help`"),
        ("restart a --batch 0", "--batch: must be at least 1", "see `fleetctl restart --help`"),
        (
            "completion tcsh",
            "SHELL: 'tcsh' is none of bash, zsh, fish",
            "see `fleetctl completion --help`",
        ),
        ("schema extra", "got unexpected extra argument", "see `fleetctl schema --help`"),
    ],
)
def test_a_wrong_command_line_is_told_what_was_meant(
    make_fleet: MakeFleet, line: str, error: str, hint: str
) -> None:
    result = make_fleet().run(*line.split())

    assert result.code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"error: {error}")
    assert result.stderr.endswith(f"hint: {hint}\n")
