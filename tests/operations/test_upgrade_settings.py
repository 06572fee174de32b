"""Files with settings: read, replaced, backed up; as they were but for names."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from fleetctl.errors import FleetctlError, UsageError
from fleetctl.operations import python_files
from fleetctl.operations.replacing import Replacement
from fleetctl.operations.upgrade_settings import FileReport, Report, Run
from fleetctl.settings.project import Wishes

OLD = b"BROKER_URL = 'x'\n"
NEW = b"broker_url = 'x'\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is a project's root."""
    (tmp_path / "setup.cfg").touch()
    return tmp_path


def upgrade(*paths: Path, backup: bool = True) -> Report:
    """Plan and write."""
    run = Run([str(path) for path in paths], Wishes())
    run.plan()
    return run.write(backup=backup)


def only(report: Report) -> FileReport:
    """The one file that there is something to say of."""
    (file,) = report.files
    return file


BYTES = {
    "unix lines": (OLD, NEW),
    "CRLF": (b"a = 1\r\nBROKER_URL = 'x'\r\n", b"a = 1\r\nbroker_url = 'x'\r\n"),
    "mixed line ends": (b"a = 1\rBROKER_URL = 'x'\r\n\n", b"a = 1\rbroker_url = 'x'\r\n\n"),
    "a byte order mark": (b"\xef\xbb\xbf" + OLD, b"\xef\xbb\xbf" + NEW),
    "latin-1 by a cookie": (
        b"# -*- coding: latin-1 -*-\nx = '\xe9'; BROKER_URL = '\xe9'\n",
        b"# -*- coding: latin-1 -*-\nx = '\xe9'; broker_url = '\xe9'\n",
    ),
    "shift-jis by a cookie": (
        "# coding: shift_jis\nx = '設定'; BROKER_URL = '漢字'\n".encode("shift_jis"),
        "# coding: shift_jis\nx = '設定'; broker_url = '漢字'\n".encode("shift_jis"),
    ),
    "UTF-8": ("é = 'ü'; BROKER_URL = '漢'\n".encode(), "é = 'ü'; broker_url = '漢'\n".encode()),
    "no final newline": (OLD.rstrip(), NEW.rstrip()),
    "form feeds": (b"\x0cBROKER_URL = 'x'\n\x0c\n", b"\x0cbroker_url = 'x'\n\x0c\n"),
    "tabs": (b"if 1:\n\tBROKER_URL\t=\t1\n", b"if 1:\n\tbroker_url\t=\t1\n"),
    "continued lines": (b"BROKER_URL = \\\n   1\n", b"broker_url = \\\n   1\n"),
    "spaces at line ends": (b"BROKER_URL = 1   \n\n\n", b"broker_url = 1   \n\n\n"),
    "other separators in strings": (
        "x = '\u2028\x0b\x1c'; BROKER_URL = 1\n".encode(),
        "x = '\u2028\x0b\x1c'; broker_url = 1\n".encode(),
    ),
    "an empty file": (b"", b""),
    "nothing but a comment": (b"# BROKER_URL", b"# BROKER_URL"),
}


@pytest.mark.parametrize(("before", "after"), BYTES.values(), ids=BYTES)
def test_no_byte_changes_but_of_names(folder: Path, before: bytes, after: bytes) -> None:
    path = folder / "celeryconfig.py"
    path.write_bytes(before)
    report = upgrade(path)
    assert path.read_bytes() == after
    assert not report.failed
    assert (folder / "celeryconfig.py.orig").exists() == (before != after)


def test_the_backup_is_the_old_file_and_never_overwritten(folder: Path) -> None:
    path = folder / "celeryconfig.py"
    for number, name in enumerate(["orig", "orig.1", "orig.2"]):
        path.write_bytes(OLD + b"#" * number)
        assert only(upgrade(path)).backup == folder / f"celeryconfig.py.{name}"
    assert (folder / "celeryconfig.py.orig").read_bytes() == OLD
    assert (folder / "celeryconfig.py.orig.2").read_bytes() == OLD + b"##"


def test_no_backup_when_none_is_wanted(folder: Path) -> None:
    path = folder / "celeryconfig.py"
    path.write_bytes(OLD)
    upgrade(path, backup=False)
    assert sorted(each.name for each in folder.iterdir()) == ["celeryconfig.py", "setup.cfg"]


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o440])
def test_mode_and_owner_are_kept_by_file_and_backup(folder: Path, mode: int) -> None:
    path = folder / "celeryconfig.py"
    path.write_bytes(OLD)
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, 12345, 54321)
    before = path.stat()
    upgrade(path)
    for each in (path, folder / "celeryconfig.py.orig"):
        status = each.stat()
        assert stat.S_IMODE(status.st_mode) == mode
        assert (status.st_uid, status.st_gid) == (before.st_uid, before.st_gid)
    assert path.read_bytes() == NEW


def test_a_symbolic_link_stays_one(folder: Path) -> None:
    (folder / "real").mkdir()
    target = folder / "real" / "configuration.py"
    target.write_bytes(OLD)
    link = folder / "celeryconfig.py"
    link.symlink_to("real/configuration.py")
    assert only(upgrade(link)).backup == folder / "celeryconfig.py.orig"
    assert link.is_symlink()
    assert target.read_bytes() == NEW


def test_another_name_of_the_file_is_told_of_as_it_keeps_the_old_text(folder: Path) -> None:
    path = folder / "celeryconfig.py"
    path.write_bytes(OLD)
    (folder / "other.txt").hardlink_to(path)
    assert only(upgrade(path)).linked
    assert path.read_bytes() == NEW
    assert (folder / "other.txt").read_bytes() == OLD


def test_nothing_is_told_of_another_name_that_is_upgraded_as_well(folder: Path) -> None:
    paths = [folder / "celeryconfig.py", folder / "celeryconfig_2.py"]
    paths[0].write_bytes(OLD)
    paths[1].hardlink_to(paths[0])
    report = upgrade(folder)
    assert [file.linked for file in report.files] == [False, False]
    assert [path.read_bytes() for path in paths] == [NEW, NEW]


def test_nothing_is_told_of_another_name_of_what_stays(folder: Path) -> None:
    path = folder / "celeryconfig.py"
    path.write_bytes(b"CELERY_ENABLE_UTC = False\n")
    (folder / "other.txt").hardlink_to(path)
    assert not only(upgrade(path)).linked


def test_a_symbolic_link_is_no_other_name(folder: Path) -> None:
    path = folder / "celeryconfig.py"
    path.write_bytes(OLD)
    (folder / "other.txt").symlink_to(path)
    assert not only(upgrade(path)).linked


def test_a_file_that_was_changed_meanwhile_is_left(folder: Path) -> None:
    path = folder / "celeryconfig.py"
    path.write_bytes(OLD)
    run = Run([str(path)], Wishes())
    run.plan()
    path.write_bytes(OLD + b"x = 1\n")
    report = run.write(backup=True)
    assert path.read_bytes() == OLD + b"x = 1\n"
    assert "changed meanwhile" in (only(report).error or "")
    assert not list(folder.glob("*.orig"))


def test_the_new_file_and_the_backup_are_on_disk_before_they_get_their_names(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "celeryconfig.py"
    path.write_bytes(OLD)
    synced: set[int] = set()
    named: list[str] = []
    fsync, rename = os.fsync, Path.replace

    def record(descriptor: int) -> None:
        fsync(descriptor)
        synced.add(os.fstat(descriptor).st_ino)

    def check(source: Path, target: Path) -> Path:
        assert source.stat().st_ino in synced
        named.append(target.name)
        return rename(source, target)

    monkeypatch.setattr(os, "fsync", record)
    monkeypatch.setattr(Path, "replace", check)
    upgrade(path)
    assert named == ["celeryconfig.py.orig", "celeryconfig.py"]


def test_nothing_is_left_behind_where_writing_fails(folder: Path) -> None:
    path = folder / "celeryconfig.py"
    path.write_bytes(OLD)
    replacement = Replacement(path, OLD, NEW)
    path.unlink()
    with pytest.raises(FleetctlError, match="can't be replaced"):
        replacement.prepare()
    replacement.discard()
    assert [each.name for each in folder.iterdir()] == ["setup.cfg"]


def test_until_it_takes_its_place_the_file_is_the_old_one(folder: Path) -> None:
    path = folder / "celeryconfig.py"
    path.write_bytes(OLD)
    replacement = Replacement(path, OLD, NEW)
    replacement.prepare()
    assert path.read_bytes() == OLD
    replacement.discard()
    assert sorted(each.name for each in folder.iterdir()) == ["celeryconfig.py", "setup.cfg"]


BROKEN = {
    "a syntax error": (b"a = 1\nBROKER_URL = (\n", 2, "no Python"),
    "Python 2's print": (b"BROKER_URL = 1\nprint 'x'\n", 2, "Python 2"),
    "Python 2's except": (b"try:\n    pass\nexcept E, e:\n    BROKER_URL = 1\n", 3, "Python 2"),
    "Python 2's octal numbers": (b"BROKER_URL = 0777\n", 1, "Python 2"),
    "Python 2's raise": (b"BROKER_URL = 1\nraise E, 'x'\n", 2, "Python 2"),
    "Python 2's backticks": (b"BROKER_URL = `x`\n", 1, "Python 2"),
    "Python 2's long numbers": (b"BROKER_URL = 1\nx = 10L\n", 2, "Python 2"),
    "a null byte": (b"BROKER_URL = '\0'\n", 1, "no Python"),
    "an unknown encoding": (b"# coding: klingon\nBROKER_URL = 1\n", None, "can't be read"),
    "bytes that are no UTF-8": (b"BROKER_URL = '\xe9'\n", 1, "can't be read"),
    "no Python at all": (b"<html>BROKER_URL</html>\n", 1, "no Python"),
    "a syntax error and no setting": (b"a = (\n", 1, "no Python"),
}


@pytest.mark.parametrize(("data", "line", "error"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_read_is_an_error_and_the_others_go_on(
    folder: Path, data: bytes, line: int | None, error: str
) -> None:
    broken, good = folder / "broken.py", folder / "celeryconfig.py"
    broken.write_bytes(data)
    good.write_bytes(OLD)
    report = upgrade(broken, good)
    assert report.failed
    assert (report.files[0].line, good.read_bytes()) == (line, NEW)
    assert error in (report.files[0].error or "")
    assert broken.read_bytes() == data


def test_a_file_that_may_not_be_read_is_an_error(folder: Path) -> None:
    path = folder / "celeryconfig.py"
    path.symlink_to("nowhere")
    with pytest.raises(UsageError, match="doesn't exist"):
        upgrade(path)


def test_a_folder_means_its_python_files_but_ignored_ones(folder: Path) -> None:
    wanted = ["a.py", "deep/b.py", "deep/er/c.pyw"]
    unwanted = ["a.txt", ".hidden/a.py", "build/a.py", "deep/local.py", "venv/lib/a.py"]
    unwanted += ["node_modules/a.py", "deep/out/x.py"]
    for name in [*wanted, *unwanted]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(OLD)
    (folder / "venv" / "pyvenv.cfg").touch()
    (folder / ".git").mkdir()
    (folder / ".gitignore").write_text("/build/\nlocal.py\n")
    (folder / "deep" / ".gitignore").write_text("out/\n")
    found = [str(each.path.relative_to(folder)) for each in python_files.given([str(folder)])]
    assert found == wanted
    inside = python_files.given([str(folder / "deep")])
    assert [each.path.name for each in inside] == ["b.py", "c.pyw"]


def test_a_file_that_is_named_counts_though_it_is_ignored(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".gitignore").write_text("*.py\n")
    path = folder / "celeryconfig.py"
    path.write_bytes(OLD)
    upgrade(path)
    assert path.read_bytes() == NEW


def test_a_negated_pattern_brings_a_file_back(folder: Path) -> None:
    (folder / ".gitignore").write_text("*.py\n!celeryconfig.py\n")
    for name in ("celeryconfig.py", "other.py"):
        (folder / name).write_bytes(OLD)
    assert [each.path.name for each in python_files.given([str(folder)])] == ["celeryconfig.py"]


def test_what_uses_renamed_names_elsewhere_in_the_project_is_reported(folder: Path) -> None:
    path, user = folder / "celeryconfig.py", folder / "sub" / "tasks.py"
    user.parent.mkdir()
    path.write_bytes(OLD)
    user.write_text("import celeryconfig\nprint(celeryconfig.BROKER_URL)\n")
    report = upgrade(path)
    (dangling,) = report.dangling
    assert dangling.path == user
    assert [(each.place.line, each.place.column) for each in dangling.renamed] == [(2, 20)]
    assert user.read_text().endswith("celeryconfig.BROKER_URL)\n")


def test_without_a_project_other_files_of_the_folder_are_no_apps(tmp_path: Path) -> None:
    settings = tmp_path / "settings.py"
    settings.write_text("INSTALLED_APPS = []\nBROKER_URL = 'x'\n")
    app = tmp_path / "unrelated.py"
    app.write_text("app.config_from_object('django.conf:settings', namespace='CELERY')\n")
    assert not upgrade(settings).changes
    app.write_text("app.config_from_object('django.conf:settings')\n")
    run = Run([str(settings)], Wishes(namespace="CELERY"))
    run.plan()
    run.write(backup=False)
    assert "CELERY_BROKER_URL" in settings.read_text()
    assert "namespace" not in app.read_text()


def test_the_second_time_nothing_is_done(folder: Path) -> None:
    path = folder / "celeryconfig.py"
    path.write_bytes(OLD)
    upgrade(path)
    report = upgrade(path)
    assert report.files == []
    assert len(list(folder.glob("*.orig*"))) == 1


def test_a_file_and_a_link_to_it_in_one_folder_are_one_file(folder: Path) -> None:
    path = folder / "celeryconfig.py"
    path.write_bytes(OLD)
    (folder / "alias.py").symlink_to(path.name)
    assert only(upgrade(folder)).backup == folder / "celeryconfig.py.orig"
    assert (folder / "alias.py").is_symlink()
    assert (folder / "alias.py").read_bytes() == NEW
