"""The folders that must be usable before anything is started, made whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from fleetctl.errors import FleetctlError
from fleetctl.fleet.places import is_file
from fleetctl.process.files import kind
from fleetctl.process.identity import user_name

#: Room for a record and a few snapshots of one node.
PROBE_SIZE = 64 << 10


def prepare(rundir: Path, logdir: Path, *others: Path) -> None:
    """Make these folders where missing (0755), and make sure that they can be written to.

    Raises FleetctlError with a hint: another user's rundir, a file in the way, no permission, a
    read-only or a full disk. Folders made before the trouble was met are removed again.
    """
    made: list[Path] = []
    try:
        for folder in (rundir, logdir, *others):
            _make(folder, made)
        _check_owner(rundir)
        _check_nodes(rundir / "nodes")
        for folder in (rundir, logdir, *others):
            _check_writable(folder)
    except BaseException:
        for folder in reversed(made):
            # Someone else may have put something there by now; then it's theirs to keep.
            with suppress(OSError):
                folder.rmdir()
        raise


def registry_path(base: Path = Path("/tmp")) -> Path:  # noqa: S108 (checked where it counts)
    """Where the folder of `registry_dir` is, or would be."""
    return base / f"fleetctl-{os.geteuid()}"


def registry_dir(base: Path = Path("/tmp")) -> Path:  # noqa: S108 (checked below)
    """The folder of nodename leases: /tmp/fleetctl-UID, the same for every caller of that user.

    Raises FleetctlError when somebody else has put something there.
    """
    folder = registry_path(base)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise _trouble(folder, error) from error
    if not stat.S_ISDIR(status.st_mode):
        raise FleetctlError(
            f"{folder} is {kind(status.st_mode)}, not a folder",
            hint=f"look at it, then: rm {folder}",
        )
    if status.st_uid != os.geteuid():
        raise FleetctlError(
            f"{folder} belongs to {user_name(status.st_uid)}",
            hint="only root or that user can remove it; it should be yours",
        )
    if stat.S_IMODE(status.st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def check_owner(rundir: Path) -> None:
    """Raise FleetctlError when `rundir` is there and isn't the caller's.

    What another user could have written there must not decide whom we signal; root, of all, could
    signal anyone.
    """
    try:
        rundir.stat()
    except PermissionError as error:
        raise FleetctlError(
            f"cannot look at {rundir}: permission denied", hint=_permission_hint(rundir)
        ) from error
    except OSError:
        return
    _check_owner(rundir)


def _make(folder: Path, made: list[Path]) -> None:
    missing = []
    for parent in (folder, *folder.parents):
        # Where the caller may not look, making it is what fails.
        if os.path.exists(parent):  # noqa: PTH110
            break
        missing.append(parent)
    for part in reversed(missing):
        try:
            part.mkdir(mode=0o755)
        except FileExistsError:
            continue
        except OSError as error:
            raise _trouble(folder, error) from error
        made.append(part)
    if not folder.is_dir():
        raise _in_the_way(folder)


def _in_the_way(folder: Path) -> FleetctlError:
    if folder.is_symlink() and not folder.exists():
        return FleetctlError(
            f"{folder} is a symbolic link to {folder.readlink()}, which doesn't exist",
            hint="make the folder it points to, or remove the link",
        )
    return FleetctlError(
        f"{folder} is {kind(folder.stat().st_mode)}, not a folder",
        hint="move it away, or name another folder in fleet.yaml",
    )


def _check_owner(rundir: Path) -> None:
    status = rundir.stat()
    if status.st_uid == os.geteuid():
        return
    owner = user_name(status.st_uid)
    if status.st_mode & stat.S_ISVTX:
        hint = "give the fleet a folder of its own: set rundir in fleet.yaml"
    else:
        hint = f"run as the user the workers run as: sudo -u {owner} fleetctl …"
    raise FleetctlError(f"{rundir} belongs to {owner}, not to {user_name(os.geteuid())}", hint=hint)


def _check_nodes(nodes: Path) -> None:
    try:
        status = nodes.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(status.st_mode):
        raise FleetctlError(f"{nodes} is {kind(status.st_mode)}, not a folder", hint="move it away")
    _check_owner(nodes)


def _check_writable(folder: Path) -> None:
    try:
        descriptor, name = tempfile.mkstemp(prefix=".fleetctl-probe-", dir=folder)
    except OSError as error:
        raise _trouble(folder, error) from error
    try:
        _fill(descriptor)
    except OSError as error:
        raise _trouble(folder, error) from error
    finally:
        os.close(descriptor)
        Path(name).unlink()


def _fill(descriptor: int) -> None:
    left = PROBE_SIZE
    while left:
        left -= os.write(descriptor, bytes(left))
    os.fsync(descriptor)


_HINTS = {
    errno.EROFS: "the file system is read-only: remount it, or name another folder in fleet.yaml",
    errno.ENOSPC: "free some space (df -h, df -i), or name another folder in fleet.yaml",
    errno.EDQUOT: "free some space (quota), or name another folder in fleet.yaml",
}


def _trouble(folder: Path, error: OSError) -> FleetctlError:
    if error.errno == errno.ENOTDIR:
        return FleetctlError(
            f"cannot make {folder}: a file stands where a folder is wanted",
            hint=f"move it away: {_first_file(folder)}",
        )
    hint = _HINTS.get(error.errno or 0)
    if error.errno in (errno.EACCES, errno.EPERM):
        hint = _permission_hint(folder)
    return FleetctlError(f"cannot write to {folder}: {_words(error)}", hint=hint)


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _first_file(folder: Path) -> Path:
    return next((p for p in folder.parents if is_file(p)), folder)


def _permission_hint(folder: Path) -> str:
    for part in (folder, *folder.parents):
        with suppress(OSError):
            owner = user_name(part.stat().st_uid)
            return f"{part} belongs to {owner}; you are {user_name(os.geteuid())}"
    return f"you are {user_name(os.geteuid())}"
