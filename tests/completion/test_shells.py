"""TAB as its users meet it: real shells in a pseudo-terminal, each with the checked-in script."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleetctl.completion.shells import file_name
from fleetctl.runtime.identity import identity_of
from tests.completion.rundirs import put
from tests.completion.shells import KINDS, Kind, Shell, available
from tests.support.fleets import FLEETCTL

COMPLETIONS = Path(__file__).parent.parent.parent / "completions"
FLEET = """\
app: proj
workers:
  crunch:
    replicas: 3
    concurrency: 2
  mail: {pool: gevent, concurrency: 50, queues: [mail]}
  web:
    hostname: web:1%@host
groups:
  network: [mail, web]
"""
SHIM = """\
#!/bin/sh
echo "$@" >>"$CALLS"
exec "$REAL" "$@"
"""


@pytest.fixture(params=KINDS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    """A shell in a folder with a fleet, another fleet in ``my dir``, and one at home."""
    kind: Kind = request.param
    if not available(kind) and os.environ.get("CI") != "true":
        pytest.skip(f"{kind} is not installed")
    (tmp_path / "fleet.yaml").write_text(FLEET)
    for folder, worker in (("my dir", "special"), ("home", "homely")):
        (tmp_path / folder).mkdir()
        for name in ("other.yaml", "fleet.yaml"):
            (tmp_path / folder / name).write_text(f"app: proj\nworkers:\n  {worker}: {{}}\n")
        (tmp_path / folder / "notes.txt").write_text("")
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "fleetctl").write_text(SHIM)
    (commands / "fleetctl").chmod(0o755)
    environ = {
        "PATH": f"{commands}:{FLEETCTL.parent}:{os.environ['PATH']}",
        "REAL": str(FLEETCTL),
        "CALLS": str(tmp_path / "calls"),
    }
    script = COMPLETIONS / file_name("bash" if kind.startswith("bash") else kind)  # type: ignore[arg-type]
    with Shell(kind, script, folder=tmp_path, environ=environ) as running:
        yield running


def calls(folder: Path) -> list[str]:
    """How the program was called."""
    path = folder / "calls"
    return path.read_text().splitlines() if path.exists() else []


def lines_with(listed: str, *words: str) -> list[str]:
    """Where in a list each of these begins, in the order in which they stand."""
    places = {word: re.search(rf"(?<![\w-]){re.escape(word)}(?=\s)", listed) for word in words}
    missing = [word for word, found in places.items() if found is None]
    assert not missing, f"{missing} not in {listed!r}"
    return sorted(words, key=lambda word: places[word].start())  # type: ignore[union-attr]


def test_commands_options_and_choices_need_no_process(shell: Shell, tmp_path: Path) -> None:
    assert shell.complete("fleetctl stopw") == "fleetctl stopwait "
    assert shell.complete("fleetctl status --wat") == "fleetctl status --watch "
    assert shell.complete("fleetctl --color al") == "fleetctl --color always "
    assert shell.complete("fleetctl --color=ne") == "fleetctl --color=never "
    assert shell.complete("fleetctl completion zs") == "fleetctl completion zsh "
    assert shell.complete("fleetctl help resta") == "fleetctl help restart "
    assert shell.complete("fleetctl start --timeout 9") == "fleetctl start --timeout 90s "
    assert shell.complete("fleetctl -f my") == "fleetctl -f my\\ dir/"
    assert calls(tmp_path) == []


def test_commands_and_options_are_listed_with_what_they_do(shell: Shell) -> None:
    listed = shell.listed("fleetctl st")
    assert lines_with(listed, "start", "stop", "stopwait", "status")
    assert "Show what every node is doing" in listed
    assert "Machine-readable, on stdout" in shell.listed("fleetctl status --")


def test_nodes_workers_groups_and_all(shell: Shell) -> None:
    assert shell.complete("fleetctl start ma") == "fleetctl start mail "
    assert shell.complete("fleetctl start crunch2") == "fleetctl start crunch2 "
    assert shell.complete("fleetctl start @ne") == "fleetctl start @network "
    listed = shell.listed("fleetctl start ")
    assert lines_with(listed, "crunch1", "crunch2", "crunch3", "mail", "web", "crunch", "all")
    assert "stopped, gevent" in listed
    assert "3 nodes" in listed
    assert "group: mail, web" in listed


def test_what_the_command_is_for_comes_first(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("app: proj\nworkers: {alpha: {}, omega: {}}\n")
    put(tmp_path, "omega", identity_of(os.getpid()))

    started = shell.listed("fleetctl start ")
    stopped = shell.listed("fleetctl stop ")

    assert "ready, prefork" in stopped
    assert started.index("alpha") < started.index("omega")
    assert stopped.index("omega") < stopped.index("alpha")


def test_nodes_that_are_alike_keep_the_order_that_the_command_wants(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "fleet.yaml").write_text(
        "app: proj\nworkers: {alpha: {}, beta: {}, omega: {}, zeta: {}}\n"
    )
    for name in ("beta", "zeta"):
        put(tmp_path, name, identity_of(os.getpid()))

    if shell.kind == "zsh":  # one a line; the others' lists run downwards in columns
        names = ("alpha", "beta", "omega", "zeta", "all")
        stopped = lines_with(shell.listed("fleetctl stop "), *names)
        assert stopped == ["beta", "zeta", "alpha", "omega", "all"]
        started = lines_with(shell.listed("fleetctl start "), *names)
        assert started == ["alpha", "omega", "beta", "zeta", "all"]
    if not shell.kind.startswith("bash"):  # which takes none for you
        assert shell.complete("fleetctl stop ", tabs=2).strip() == "fleetctl stop beta"
        assert shell.complete("fleetctl start ", tabs=2).strip() == "fleetctl start alpha"


def test_values_stand_in_the_order_of_their_meaning(shell: Shell) -> None:
    levels = ("debug", "info", "warning", "error", "critical")
    assert tuple(lines_with(shell.listed("fleetctl logs --level "), *levels)) != tuple(
        sorted(levels)
    )


def test_a_value_does_not_bear_the_description_of_its_option(shell: Shell) -> None:
    assert "That and above" not in shell.listed("fleetctl logs --level ")
    assert "default:" not in shell.listed("fleetctl status --fleet ")


def test_nodenames_with_at_colon_and_percent(shell: Shell) -> None:
    host = os.uname().nodename
    assert shell.complete("fleetctl start mail@") == f"fleetctl start mail@{host} "
    assert shell.complete(f"fleetctl start mail@{host[:2]}") == f"fleetctl start mail@{host} "


def test_what_was_given_is_not_offered_again(shell: Shell) -> None:
    assert shell.complete("fleetctl start crunch2 crunch2") == "fleetctl start crunch2 crunch2"
    assert shell.complete("fleetctl start mail we") == "fleetctl start mail web "
    assert shell.complete("fleetctl start all mai") == "fleetctl start all mai"
    if shell.kind != "fish":  # which leaves that to the user
        assert shell.complete("fleetctl start --wait --wa") == "fleetctl start --wait --wa"


def test_after_two_dashes_come_names_only(shell: Shell) -> None:
    assert shell.complete("fleetctl start -- ma") == "fleetctl start -- mail "
    assert shell.complete("fleetctl start -- --wa") == "fleetctl start -- --wa"


def test_a_half_typed_quote_is_finished(shell: Shell) -> None:
    assert shell.complete('fleetctl start "ma') == 'fleetctl start "mail" '
    assert shell.complete("fleetctl start 'ma") == "fleetctl start 'mail' "
    assert shell.complete('fleetctl -f "my dir/ot') == 'fleetctl -f "my dir/other.yaml" '


def test_fleet_files_with_spaces_tilde_and_equals_sign(shell: Shell) -> None:
    for typed in ("-f my\\ dir/ot", "--fleet my\\ dir/ot", "--fleet=my\\ dir/ot", "-f ~/oth"):
        expected = f"fleetctl {typed[: typed.rindex('/')]}/other.yaml "
        assert shell.complete(f"fleetctl {typed}") == expected
    assert "notes" not in shell.listed("fleetctl -f my\\ dir/")


@pytest.mark.parametrize(
    "option", ["-f my\\ dir/other.yaml", "--fleet=my\\ dir/other.yaml", "-f 'my dir'"]
)
def test_the_fleet_that_is_named_has_the_names(shell: Shell, option: str) -> None:
    line = f"fleetctl {option} start sp"
    assert shell.complete(line) == f"fleetctl {option} start special "
    line = f"fleetctl start {option} sp"
    assert shell.complete(line) == f"fleetctl start {option} special "


def test_a_short_option_is_what_it_is_to_the_command_at_hand(shell: Shell) -> None:
    # To `logs`, -f is to follow and -n takes a number; to `init`, -n is a dry run.
    assert shell.complete("fleetctl logs -f ma") == "fleetctl logs -f mail "
    assert shell.complete("fleetctl logs -f crunch1 ma") == "fleetctl logs -f crunch1 mail "
    assert shell.complete("fleetctl logs -n 5 ma") == "fleetctl logs -n 5 mail "
    line = "fleetctl -f my\\ dir/other.yaml logs -f sp"
    assert shell.complete(line) == f"{line}ecial "
    assert shell.complete("fleetctl init -n --ad") == "fleetctl init -n --adopt "
    assert shell.complete("fleetctl init --fr") in (
        "fleetctl init --from ",
        "fleetctl init --from=",
    )


def test_the_fleet_at_home_and_that_of_the_environment(shell: Shell) -> None:
    assert shell.complete("fleetctl -f ~/other.yaml kill ho").endswith(" kill homely ")
    export = "set -gx FLEETCTL_FLEET" if shell.kind == "fish" else "export FLEETCTL_FLEET="
    shell.run(f"{export} '~/other.yaml'".replace("= ", "="))
    assert shell.complete("fleetctl kill ho") == "fleetctl kill homely "


def test_an_alias_completes_as_what_it_stands_for(shell: Shell) -> None:
    shell.run("alias flt='fleetctl -f my\\ dir/other.yaml'")
    if shell.kind.startswith("bash"):
        shell.run("complete -F _fleetctl flt")
    assert shell.complete("flt start sp") == "flt start special "


def test_python_m_fleetctl_and_python_otherwise(shell: Shell, tmp_path: Path) -> None:
    assert shell.complete("python -m fleetctl stopw") == "python -m fleetctl stopwait "
    assert shell.complete("python -m fleetctl start ma") == "python -m fleetctl start mail "
    assert calls(tmp_path) == []
    (tmp_path / "script.py").write_text("")
    assert shell.complete("python scr") == "python script.py "


def test_a_program_by_its_path(shell: Shell) -> None:
    assert shell.complete("bin/fleetctl start ma") == "bin/fleetctl start mail "


def test_nothing_that_is_typed_is_run_before_its_user_wants_it(
    shell: Shell, tmp_path: Path
) -> None:
    shell.complete("$(touch ran)/fleetctl start ma")
    shell.complete("fleetctl -f $(touch ran) start ma")
    shell.complete("fleetctl start '$(touch ran)")
    (tmp_path / "typing.py").write_text("open('ran', 'w')\n")
    shell.complete("python -m fleetctl start ma")
    assert not (tmp_path / "ran").exists()


def test_a_broken_fleet_file_offers_what_can_be_read_and_prints_nothing(
    shell: Shell, tmp_path: Path
) -> None:
    broken = "app: [\nworkers:\n  mail: {pool: gev\n\t: x\n  web:\n"
    (tmp_path / "fleet.yaml").write_text(broken)
    assert shell.complete("fleetctl start ma") == "fleetctl start mail "
    (tmp_path / "fleet.yaml").write_bytes(b"\xff\xfe\x00")
    assert shell.complete("fleetctl start ma") == "fleetctl start ma"
    (tmp_path / "fleet.yaml").unlink()
    listed = shell.listed("fleetctl start ")
    assert "rror" not in listed
    assert "Traceback" not in listed


def test_with_nobody_to_ask_nothing_is_printed(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "bin/fleetctl").write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    assert "broken" not in shell.listed("fleetctl start ")
    assert shell.complete("fleetctl stopw") == "fleetctl stopwait "
