"""Read what tasks and workers wrote into an append-only ledger (see fleetctl/sample/ledger.py)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any


class Ledger:
    """The lines of one ledger file; a ledger nobody wrote to yet is empty."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> list[dict[str, Any]]:
        """Every line, oldest first."""
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def count(self, event: str) -> Counter[str]:
        """How many lines of the kind each task id has."""
        return Counter(entry["id"] for entry in self.entries() if entry["event"] == event)

    def events(self, task_id: str) -> list[str]:
        """What happened to one task, in order."""
        return [entry["event"] for entry in self.entries() if entry.get("id") == task_id]
