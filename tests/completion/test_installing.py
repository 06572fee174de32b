"""`fleetctl completion --install`: to where the shell looks, once, and away again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from fleetctl.completion import shells
from fleetctl.completion.shells import SHELLS
from tests.completion.shells import BASH_COMPLETION, Kind, Shell, available
from tests.conftest import MakeFleet
from tests.sessions import ROOT
from tests.support.fleets import FLEETCTL, Fleet

FILES = {
    "bash": ".local/share/bash-completion/completions/fleetctl",
    "zsh": ".local/share/zsh/site-functions/_fleetctl",
    "fish": ".config/fish/completions/fleetctl.fish",
}


@pytest.fixture
def fleet(make_fleet: MakeFleet) -> Fleet:
    return make_fleet()


def home(fleet: Fleet) -> Path:
    return fleet.folder / "home"


@pytest.mark.parametrize("shell", SHELLS)
def test_it_says_what_it_wrote_repeats_harmlessly_and_is_taken_away(
    shell: shells.Shell, fleet: Fleet
) -> None:
    path = home(fleet) / FILES[shell]

    first = fleet.run("completion", shell, "--install")
    assert (first.code, f"wrote {path}" in first.stderr) == (0, True), first
    assert path.read_text(encoding="utf-8") == fleet.run("completion", shell).stdout
    written = path.stat()

    assert f"up to date: {path}" in fleet.run("completion", shell, "--install").stderr
    assert path.stat() == written

    assert f"removed {path}" in fleet.run("completion", shell, "--uninstall").stderr
    assert not path.exists()
    again = fleet.run("completion", shell, "--uninstall")
    assert (again.code, f"there is no {path}" in again.stderr) == (0, True)


def test_an_older_script_of_ours_is_replaced(fleet: Fleet) -> None:
    path = home(fleet) / FILES["fish"]
    fleet.run("completion", "fish", "--install")
    path.write_text(path.read_text().replace("stopwait", "stopwhat"))

    assert "wrote" in fleet.run("completion", "fish", "--install").stderr
    assert "stopwhat" not in path.read_text()


@pytest.mark.parametrize("option", ["--install", "--uninstall"])
def test_a_file_that_is_not_ours_is_left_alone(option: str, fleet: Fleet) -> None:
    path = home(fleet) / FILES["bash"]
    path.parent.mkdir(parents=True)
    path.write_text("somebody's own\n")

    result = fleet.run("completion", "bash", option)

    assert result.code == 1
    assert "is not fleetctl's" in result.stderr
    assert path.read_text() == "somebody's own\n"


def test_xdg_folders_are_heeded_unless_they_are_relative(fleet: Fleet) -> None:
    data = fleet.folder / "data"

    fleet.run("completion", "bash", "--install", env={"XDG_DATA_HOME": str(data)})
    fleet.run("completion", "fish", "--install", env={"XDG_CONFIG_HOME": "relative"})

    assert (data / "bash-completion/completions/fleetctl").exists()
    assert (home(fleet) / FILES["fish"]).exists()


def test_the_shell_is_that_of_the_environment(fleet: Fleet) -> None:
    assert "#compdef" in fleet.run("completion", env={"SHELL": "/usr/bin/zsh"}).stdout
    for shell in ("", "/bin/tcsh"):
        result = fleet.run("completion", env={"SHELL": shell})
        assert (result.code, "which shell?" in result.stderr) == (2, True)


def test_an_unknown_shell_and_both_at_once_are_usage_errors(fleet: Fleet) -> None:
    result = fleet.run("completion", "tcsh")
    assert result.code == 2
    assert "error: SHELL: 'tcsh' is none of bash, zsh, fish\n" in result.stderr
    assert fleet.run("completion", "zsh", "--install", "--uninstall").code == 2


def test_a_folder_of_the_users_fpath_is_preferred(fleet: Fleet) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    functions = home(fleet) / ".zfunc"
    functions.mkdir()
    (home(fleet) / ".zshrc").write_text("fpath=(~/.zfunc $fpath)\n")

    result = fleet.run("completion", "zsh", "--install")

    assert (functions / "_fleetctl").exists()
    assert "fpath=" not in result.stderr


def test_where_zsh_does_not_look_it_says_what_to_add(fleet: Fleet) -> None:
    result = fleet.run("completion", "zsh", "--install")

    assert (
        "zsh doesn't look there yet; put this into ~/.zshrc:\n"
        "    fpath=(~/.local/share/zsh/site-functions $fpath)\n"
        "    autoload -Uz compinit && compinit\n"
    ) in result.stderr


def test_what_it_says_to_add_makes_zsh_look_there(fleet: Fleet) -> None:
    if not available("zsh") and os.environ.get("CI") != "true":
        pytest.skip("zsh is not installed")
    advice = fleet.run("completion", "zsh", "--install").stderr.partition(".zshrc:\n")[2]
    told = [line.strip() for line in advice.splitlines() if line.startswith("    ")]

    environ = {"PATH": f"{FLEETCTL.parent}:{os.environ['PATH']}"}
    with Shell("zsh", None, folder=fleet.folder, environ=environ) as shell:
        shell.run("; ".join(told).replace("compinit &&", "compinit && unset _comps &&"))
        assert shell.complete("fleetctl stopw") == "fleetctl stopwait "


def test_where_bash_does_not_look_it_says_what_to_add_and_that_makes_it_look(
    fleet: Fleet,
) -> None:
    if not available("bash with bash-completion") and os.environ.get("CI") != "true":
        pytest.skip("bash-completion is not installed")
    told = fleet.run("completion", "bash", "--install").stderr
    assert (
        f"bash doesn't look there yet; put this into ~/.bashrc:\n    source {BASH_COMPLETION}\n"
    ) in told
    assert "new bash sessions complete" not in told

    environ = {"PATH": f"{FLEETCTL.parent}:{os.environ['PATH']}"}
    with Shell("bash", None, folder=fleet.folder, environ=environ) as shell:
        shell.run(f"source {BASH_COMPLETION}")
        assert shell.complete("fleetctl stopw") == "fleetctl stopwait "


def test_where_bash_looks_there_is_nothing_to_add(fleet: Fleet) -> None:
    if not available("bash with bash-completion") and os.environ.get("CI") != "true":
        pytest.skip("bash-completion is not installed")
    (home(fleet) / ".bashrc").write_text(f"echo hello\nsource {BASH_COMPLETION}\n")

    told = fleet.run("completion", "bash", "--install").stderr

    assert "new bash sessions complete fleetctl" in told
    assert "bashrc" not in told


def test_a_bashrc_that_only_talks_loads_nothing(fleet: Fleet) -> None:
    (home(fleet) / ".bashrc").write_text("echo hello\n")
    assert "put this into ~/.bashrc" in fleet.run("completion", "bash", "--install").stderr


@pytest.mark.parametrize("kind", ["bash with bash-completion", "fish"])
def test_what_is_installed_is_found_by_a_new_session(kind: Kind, fleet: Fleet) -> None:
    if not available(kind) and os.environ.get("CI") != "true":
        pytest.skip(f"{kind} is not installed")
    fleet.run("completion", kind.split()[0], "--install")

    environ = {"PATH": f"{FLEETCTL.parent}:{os.environ['PATH']}"}
    with Shell(kind, None, folder=fleet.folder, environ=environ) as shell:
        assert shell.complete("fleetctl stopw") == "fleetctl stopwait "


@pytest.mark.parametrize("name", ["fleetctl.bash", "_fleetctl", "fleetctl.fish"])
def test_the_wheel_is_told_to_carry_the_scripts(name: str) -> None:
    told = (ROOT / "pyproject.toml").read_text()

    assert f'"completions/{name}" = "share/' in told
    assert (ROOT / "completions" / name).exists()
