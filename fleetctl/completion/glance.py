"""What a node is doing, at a glance: a word for a description and an order, for TAB.

`fleetctl.process.facts` finds out the truth, by which everything else goes; it takes as long to
import as an answer may take in all. This looks at the record, the process and the phase that the
node's agent last wrote, and never decides more than in which order names are offered.
"""

from __future__ import annotations

import os

from fleetctl.completion.files import read

_LARGEST = 1 << 16
_DEAD = b"ZXx"
_EXITED = b'"exited"'
_PHASES = {
    b'"consuming"': "ready",
    b'"draining"': "draining",
    _EXITED: "draining",
    b'"failed"': "draining",
}


class Glance:
    """The nodes that have a record in `rundir`."""

    def __init__(self, rundir: str) -> None:
        self._nodes = f"{rundir}/nodes"
        self._boot = b'"%s"' % read("/proc/sys/kernel/random/boot_id", _LARGEST).strip()

    def recorded(self) -> list[str]:
        """Every node with a folder of its own."""
        try:
            return sorted(os.listdir(self._nodes))  # noqa: PTH208 - pathlib isn't needed here
        except OSError:
            return []

    def state(self, node: str) -> str:
        """``ready``, ``starting``, ``draining``, ``stopped`` or ``crashed``."""
        folder = f"{self._nodes}/{node}"
        record = read(f"{folder}/record.json", _LARGEST)
        if not record:
            return "stopped"
        asked = b'"asked":[]' not in record
        lives = self._lives(record.partition(b'"identity":{')[2].partition(b"}")[0])
        if asked:
            return "draining" if lives else "stopped"
        launch = _value(record, b"launch").strip(b'"').decode("ascii", "replace")
        phase = _value(read(f"{folder}/{launch}.snapshot.json", _LARGEST), b"phase")
        if lives:
            return _PHASES.get(phase, "starting")
        return "stopped" if phase == _EXITED else "crashed"

    def _lives(self, identity: bytes) -> bool:
        if _value(identity, b"boot_id") != self._boot:
            return False
        # proc(5): the state is field 3, the start field 22, counted after the command's name.
        stat = read(f"/proc/{_value(identity, b'pid').decode('ascii', 'replace')}/stat", _LARGEST)
        fields = stat.rpartition(b")")[2].split()
        return (
            len(fields) > 19
            and fields[0] not in _DEAD
            and fields[19] == _value(identity, b"start_ticks")
        )


def _value(text: bytes, key: bytes) -> bytes:
    """The first number or plain word of that key, as `fleetctl.runtime.formats.to_json` writes it.

    A parser would read all of the many files for it.
    """
    after = text.partition(b'"%s":' % key)[2]
    return after.partition(b",")[0].partition(b"}")[0]
