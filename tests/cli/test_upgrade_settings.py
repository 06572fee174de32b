"""The command `upgrade-settings`, as it is typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fleets import FLEETCTL, Result
from tests.support.tools import need

OLD = "import os\nBROKER_URL = os.environ['BROKER_URL']\nCELERY_ENABLE_UTC = False\n"
NEW = OLD.replace("BROKER_URL =", "broker_url =")

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run it in a folder with one celeryconfig.py."""
    (tmp_path / "setup.cfg").touch()
    (tmp_path / "celeryconfig.py").write_text(OLD)

    def run(*arguments: str, stdin: bytes = b"", **environment: str) -> Result:
        done = subprocess.run(
            [str(FLEETCTL), "upgrade-settings", *arguments],
            cwd=tmp_path,
            input=stdin,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
            capture_output=True,
            check=False,
            timeout=120,
        )
        name = " ".join(arguments)
        return Result(name, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The celeryconfig.py."""
    return tmp_path / "celeryconfig.py"


def test_it_shows_the_diff_and_the_summary_and_writes(command: Command, path: Path) -> None:
    result = command("celeryconfig.py")
    assert result.code == 0, result
    assert path.read_text() == NEW
    assert path.with_name("celeryconfig.py.orig").read_text() == OLD
    assert result.stdout.splitlines() == [
        "--- celeryconfig.py",
        "+++ celeryconfig.py",
        "@@ -1,3 +1,3 @@",
        " import os",
        "-BROKER_URL = os.environ['BROKER_URL']",
        "+broker_url = os.environ['BROKER_URL']",
        " CELERY_ENABLE_UTC = False",
        "✔ celeryconfig.py: 1 name renamed; the old file is celeryconfig.py.orig",
        "! celeryconfig.py:3:1: CELERY_ENABLE_UTC: needs a person: Celery 4 and later don't read"
        " it: enable_utc is at its default, True",
        "    hint: delete it, or write enable_utc if False is what you want",
        "1 file upgraded (1 name); 1 name for a person to look at",
    ]


@pytest.mark.parametrize(("option", "code"), [("--check", 1), ("--diff", 0)])
def test_what_only_looks_writes_nothing(
    command: Command, path: Path, option: str, code: int
) -> None:
    result = command(option, ".")
    assert result.code == code, result
    assert ("+broker_url" in result.stdout) == (option == "--diff")
    assert "celeryconfig.py: 1 name to rename" in result.stdout
    assert path.read_text() == OLD
    assert not list(path.parent.glob("*.orig"))


def test_check_is_content_with_what_needs_nothing(command: Command, path: Path) -> None:
    path.write_text(NEW)
    result = command("--check", ".")
    assert result.code == 0, result
    assert "nothing to upgrade in 1 file; 1 name for a person" in result.stdout


def test_no_backup(command: Command, path: Path) -> None:
    assert command("--no-backup", ".").code == 0
    assert not list(path.parent.glob("*.orig"))


def test_stdin_goes_to_stdout_and_the_summary_to_stderr(command: Command) -> None:
    result = command("-", stdin=b"CELERY_TIMEZONE = '\xc3\xa9'\r\n")
    assert result.code == 0, result
    assert result.stdout == "timezone = 'é'\r\n"
    assert "✔ stdin: 1 name renamed\n1 file upgraded (1 name)\n" in result.stderr
    for option in ("--check", "--diff"):
        only_told = command(option, "-", stdin=b"CELERY_TIMEZONE = 1\n")
        assert "stdin: 1 name to rename\n1 file to upgrade" in only_told.stderr


def test_stdin_that_is_no_python_comes_out_as_it_was(command: Command) -> None:
    result = command("-", stdin=b"BROKER_URL = (\n")
    assert result.code == 1, result
    assert result.stdout == "BROKER_URL = (\n"
    assert "stdin:1:14: no Python" in result.stderr


def test_an_empty_stdin(command: Command) -> None:
    result = command("-")
    assert (result.code, result.stdout) == (0, "")


def test_json(command: Command, path: Path) -> None:
    result = command("--json", "--diff", ".")
    assert result.code == 0, result
    document = json.loads(result.stdout)
    (file,) = document["files"]
    assert (document["schema"], document["changes"], document["looked_at"]) == (1, True, 1)
    assert (file["path"], file["written"], file["error"]) == (str(path), False, None)
    assert file["renamed"] == [{"name": "BROKER_URL", "line": 2, "column": 1, "new": "broker_url"}]
    (note,) = file["person"]
    assert note["places"] == [{"name": "CELERY_ENABLE_UTC", "line": 3, "column": 1}]


def test_a_file_that_is_no_python_is_an_error_with_its_line(command: Command, path: Path) -> None:
    (path.parent / "broken.py").write_text("a = 1\nBROKER_URL = )\n")
    result = command(".")
    assert result.code == 1, result
    assert "✖ broken.py:2:14: no Python: unmatched ')'" in result.stdout
    assert "1 file upgraded (1 name); 1 name for a person to look at; 1 failed" in result.stdout
    assert path.read_text() == NEW


def test_python_2_is_refused_with_a_word(command: Command, path: Path) -> None:
    path.write_text("BROKER_URL = 'x'\nprint 'hello'\n")
    result = command("celeryconfig.py")
    assert result.code == 1, result
    assert "celeryconfig.py:2:1: Python 2, which can't be read here" in result.stdout
    assert "hint: bring it to Python 3 first" in result.stdout


def test_django_and_namespace(command: Command, path: Path) -> None:
    path.write_text("CELERYD_POOL = 'solo'\n")
    assert command("--django", "--no-backup", "celeryconfig.py").code == 0
    assert path.read_text() == "CELERY_WORKER_POOL = 'solo'\n"
    path.write_text("CELERYD_POOL = 'solo'\n")
    assert command("--namespace", "JOBS_", "--no-backup", "celeryconfig.py").code == 0
    assert path.read_text() == "JOBS_WORKER_POOL = 'solo'\n"


def test_comments(command: Command, path: Path) -> None:
    path.write_text("BROKER_URL = 1\n# CELERYD_POOL = 'solo'\n")
    assert command("--comments", ".").code == 0
    assert path.read_text() == "broker_url = 1\n# worker_pool = 'solo'\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.py"], "nowhere.py doesn't exist"),
        ([], "error: upgrade-settings: which files?\n"),
        (["--namespace", "a b", "."], "can't begin a name"),
        (["--namespace", "celery", "."], "isn't uppercase"),
        (["-", "."], "error: -, which is stdin to stdout, goes without other paths\n"),
        (["-", "--json"], "error: -, which is stdin to stdout, goes without --json\n"),
        (["-", "--verify"], "error: --verify works on files, not on stdin\n"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(
    command: Command, path: Path, arguments: list[str], message: str
) -> None:
    result = command(*arguments)
    assert result.code == 2, result
    assert message in result.stderr
    assert path.read_text() == OLD


def test_verify_tells_that_all_is_the_same(command: Command) -> None:
    result = command("--verify", "--diff", ".", BROKER_URL="memory://")
    assert result.code == 0, result
    assert "✔ celeryconfig.py: verified: Celery sees 207 settings as before" in result.stdout


def test_verify_writes_nothing_of_what_it_cannot_load(command: Command, path: Path) -> None:
    result = command("--verify", ".")
    assert result.code == 1, result
    assert "not verified: as it is, it can't be loaded: KeyError: 'BROKER_URL'" in result.stdout
    assert result.stdout.endswith("nothing was written; 1 name for a person to look at\n")
    assert path.read_text() == OLD


def test_a_terminal_without_unicode(command: Command) -> None:
    result = command("--diff", ".", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert result.code == 0, result
    assert "+ celeryconfig.py: 1 name to rename" in result.stdout


def test_file_names_and_lines_that_are_no_text_are_shown_harmless(
    command: Command, path: Path
) -> None:
    (path.parent / "b\x1b[31m\udcff.py").write_text("BROKER_URL = '\x1b[2J'\n")
    result = command("--diff", ".")
    assert result.code == 0, result
    assert "\x1b" not in result.stdout


def test_validate_points_at_old_names(command: Command, path: Path, tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("app: tasks\nworkers: {w1: {pool: solo}}\n")
    (tmp_path / "tasks.py").write_text(
        "from celery import Celery\napp = Celery()\napp.config_from_object('celeryconfig')\n"
    )
    done = subprocess.run(
        [str(FLEETCTL), "validate"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "celeryconfig.py:2:1: warning: BROKER_URL is called broker_url now" in done.stdout
    path.write_text(NEW)
    again = subprocess.run(
        [str(FLEETCTL), "validate"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "warning" not in again.stdout


PATCHED = {
    "tabs": b"if 1:\n\tBROKER_URL = 'x'\t# \xc3\xa9\nCELERY_TIMEZONE = 'UTC'\n",
    "CRLF": b"BROKER_URL = 'x'\r\nCELERY_TIMEZONE = 'UTC'\r\n",
    "no final newline": b"x = 1\nCELERY_TIMEZONE = 'UTC'",
    "latin-1": b"# coding: latin-1\nCELERY_TIMEZONE = '\xe9'\n",
    "a byte order mark": b"\xef\xbb\xbfCELERY_TIMEZONE = 'UTC'\n",
    "a form feed": b"x = 1\n\x0c\nCELERY_TIMEZONE = 'UTC'\n",
    "a long line": b"CELERY_TIMEZONE = 'UTC'  # " + b"x " * 200 + b"\n",
}
TAKERS = {"patch": ["patch", "-p1", "--binary", "-s", "-i"], "git": ["git", "apply"]}


@pytest.mark.parametrize("taker", TAKERS.values(), ids=TAKERS)
@pytest.mark.parametrize("data", PATCHED.values(), ids=PATCHED)
def test_the_diff_can_be_applied(
    command: Command, tmp_path: Path, data: bytes, taker: list[str]
) -> None:
    need(taker[0])
    (tmp_path / "more").mkdir()
    paths = [tmp_path / "celeryconfig.py", tmp_path / "more" / "celeryconfig.py"]
    for path in paths:
        path.write_bytes(data)
    with (tmp_path / "x.patch").open("wb") as patch:
        subprocess.run(
            [str(FLEETCTL), "upgrade-settings", "--diff", "."],
            cwd=tmp_path,
            stdout=patch,
            check=True,
            timeout=120,
        )
    assert [path.read_bytes() for path in paths] == [data, data]
    subprocess.run([*taker, "x.patch"], cwd=tmp_path, check=True, timeout=60)
    new = data.replace(b"BROKER_URL", b"broker_url").replace(b"CELERY_TIMEZONE", b"timezone")
    assert [path.read_bytes() for path in paths] == [new, new]


@pytest.mark.parametrize("wait_for", ["*.orig", ".celeryconfig_1*", "celeryconfig_250.py.orig"])
def test_a_kill_while_it_writes_leaves_the_old_or_the_new_file(
    tmp_path: Path, wait_for: str
) -> None:
    old = "CELERY_TIMEZONE = 'UTC'\n" * 400
    new = old.replace("CELERY_TIMEZONE", "timezone")
    for number in range(300):
        (tmp_path / f"celeryconfig_{number}.py").write_text(old)
    process = subprocess.Popen(
        [str(FLEETCTL), "upgrade-settings", "-q", "."], cwd=tmp_path, stdout=subprocess.DEVNULL
    )
    while process.poll() is None and not list(tmp_path.glob(wait_for)):
        pass
    process.kill()
    assert process.wait(60) == -signal.SIGKILL
    texts = {path.read_text() for path in tmp_path.glob("celeryconfig_*.py")}
    assert texts <= {old, new}
    assert len(list(tmp_path.glob("celeryconfig_*.py"))) == 300


@pytest.mark.parametrize("lines", [0, 1, 9])
def test_a_byte_that_is_no_text_is_told_with_its_line(
    command: Command, path: Path, lines: int
) -> None:
    path.write_bytes(b"\n" * lines + b"CELERY_TIMEZONE = 'UTC'  # \xb6\n")
    result = command("celeryconfig.py")
    assert result.code == 1, result
    assert f"celeryconfig.py:{lines + 1}: can't be read: byte 0xb6 isn't utf-8" in result.stdout


def test_places_that_keep_an_old_name_are_listed(command: Command, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("x = load()\nprint(x.BROKER_URL)\n")
    result = command(".")
    assert "other.py:2:9: BROKER_URL: needs a person: still the old name" in result.stdout
    assert "1 place with an old name still" in result.stdout


def test_places_that_keep_an_old_name_are_in_the_json(command: Command, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("x = load()\nprint(x.BROKER_URL)\n")
    document = json.loads(command("--json", "--check", ".").stdout)
    place = {"name": "BROKER_URL", "line": 2, "column": 9}
    assert document["remains"] == [{"path": str(tmp_path / "other.py"), "places": [place]}]


def test_another_name_of_the_file_is_told_of(command: Command, path: Path) -> None:
    path.with_name("other.txt").hardlink_to(path)
    told = "! celeryconfig.py: needs a person: it has another name (hard link), which keeps the old"
    assert told in command("--check", ".").stdout
    assert json.loads(command("--json", ".").stdout)["files"][0]["linked"]
    assert not json.loads(command("--json", ".").stdout)["files"][0]["linked"]
