from __future__ import annotations

import pytest

from fleetctl.process import cgroup
from fleetctl.process.cgroup import judge, kills_user_processes, unit_of


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("0::/system.slice/cron.service\n", "cron.service"),
        ("9:pids:/x.service\n1:name=systemd:/system.slice/ssh.service\n", "ssh.service"),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope"),
        (
            "0::/user.slice/user-1000.slice/user@1000.service/app.slice/ci.service\n",
            "ci.service",
        ),
        (
            "0::/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope",
            "user@1000.service",
        ),
        ("0::/\n9:name=systemd:/\n", None),
        ("", None),
        ("garbage", None),
    ],
)
def test_the_innermost_unit_is_found_in_either_cgroup_version(text: str, unit: str | None) -> None:
    assert unit_of(text) == unit


@pytest.mark.parametrize("kill_mode", [None, "control-group", "mixed"])
def test_a_service_takes_the_nodes_with_it(kill_mode: str | None) -> None:
    warning = judge("ci.service", kill_mode=kill_mode)
    assert warning is not None
    assert warning.startswith("this runs inside ci.service: systemd will kill the nodes")


@pytest.mark.parametrize("kill_mode", ["process", "none"])
def test_a_service_that_leaves_its_children_alone_is_no_danger(kill_mode: str) -> None:
    assert judge("ci.service", kill_mode=kill_mode) is None


def test_the_user_manager_itself_is_no_danger() -> None:
    assert judge("user@1000.service", kill_mode="mixed") is None


def test_a_login_is_a_danger_only_where_logind_kills_its_processes() -> None:
    kills = "[Login]\nKillUserProcesses=yes\n"
    warning = judge("session-3.scope", logind=[kills], user="alice")
    assert warning is not None
    assert "loginctl enable-linger alice" in warning
    assert judge("session-3.scope", logind=[], user="alice") is None


@pytest.mark.parametrize(
    ("texts", "user", "killed"),
    [
        (["[Login]\n#KillUserProcesses=yes\n"], "alice", False),
        (["KillUserProcesses=yes\n", "KillUserProcesses = no\n"], "alice", False),
        (["KillUserProcesses=no\n", "KillUserProcesses=1\n"], "alice", True),
        (["KillUserProcesses=yes\n"], "root", False),
        (["KillUserProcesses=yes\nKillExcludeUsers=\n"], "root", True),
        (["KillUserProcesses=yes\nKillOnlyUsers=bob carol\n"], "alice", False),
        (["KillUserProcesses=yes\nKillOnlyUsers=bob alice\n"], "alice", True),
    ],
)
def test_logind_decides_by_its_last_word_and_its_lists_of_users(
    texts: list[str], user: str, killed: bool
) -> None:
    assert kills_user_processes(texts, user) is killed


def test_where_we_run_the_warning_names_our_own_unit() -> None:
    warning = cgroup.warning()
    with open("/proc/self/cgroup") as text:
        unit = unit_of(text.read())
    assert warning is None or (unit is not None and unit in warning)
