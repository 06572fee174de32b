from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.runtime.conftest import APP, MakeLaunch

SCRIPT = """
import gc
from fleetctl.runtime import collecting
usual = gc.get_threshold()
collecting.pause()
paused = gc.get_threshold()
{meanwhile}
collecting.resume()
print(gc.isenabled(), gc.get_threshold() == usual, gc.get_threshold(), paused[0])
"""


def run(meanwhile: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(meanwhile=meanwhile)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split(maxsplit=2)


def test_after_the_pause_it_is_as_it_was() -> None:
    enabled, usual, rest = run("")
    assert (enabled, usual) == ("True", "True")
    assert rest.split()[-1] == "0"


@pytest.mark.parametrize(
    ("meanwhile", "enabled", "threshold"),
    [
        pytest.param("gc.disable()", "False", "", id="disabled"),
        pytest.param("gc.set_threshold(5000, 5, 5)", "True", "(5000, 5, ", id="its own threshold"),
    ],
)
def test_what_an_app_decides_meanwhile_stands(meanwhile: str, enabled: str, threshold: str) -> None:
    found, _, rest = run(meanwhile)
    assert found == enabled
    assert rest.startswith(threshold)


LEAVING_A_FILE_OPEN = """
class Log:
    def __init__(self):
        self.file = open("unflushed", "w")
        self.itself = self
        self.file.write("written")

log = app.its_log = Log()
"""


@pytest.mark.parametrize("pool", ["solo", "prefork", "threads"])
def test_what_an_app_has_not_flushed_is_on_disk_once_its_node_has_ended(
    make_launch: MakeLaunch, pool: str
) -> None:
    launch = make_launch(APP + LEAVING_A_FILE_OPEN)
    launch.node("w1", pool=pool)
    launch.start().ready("w1")
    os.kill(launch.pid("w1"), signal.SIGTERM)
    assert launch.ended("w1").code == 0
    assert (launch.folder / "unflushed").read_text() == "written"
