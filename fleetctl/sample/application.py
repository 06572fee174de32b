"""The sample's Celery app: the filesystem broker unless the environment names another.

``CELERY_BROKER_URL`` and ``CELERY_RESULT_BACKEND`` win, as they do in every Celery app, so the
same tasks run on Redis or RabbitMQ. Otherwise messages and results are files under
``FLEETCTL_SAMPLE_DIR`` (default ``run/broker`` in the working directory): no server needed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery

#: Exchanges that several nodes declare in the same moment when a fleet boots.
SHARED_EXCHANGES = ("celery", "celery.pidbox", "reply.celery.pidbox", "celeryev")

folder = Path(os.environ.get("FLEETCTL_SAMPLE_DIR", "run/broker")).absolute()
messages = folder / "messages"
processed = folder / "processed"
control = folder / "control"
results = folder / "results"

app = Celery("sample", include=[f"{__package__}.tasks"])
app.conf.update(
    broker_connection_retry_on_startup=True,
    task_track_started=True,
    worker_prefetch_multiplier=1,
    result_backend=f"file://{results}",
)

on_files = "CELERY_BROKER_URL" not in os.environ
if on_files:
    app.conf.update(
        broker_url="filesystem://localhost",
        broker_transport_options={
            "data_folder_in": str(messages),
            "data_folder_out": str(messages),
            "control_folder": str(control),
            "processed_folder": str(processed),
            # Otherwise kombu moves each message through /tmp: across file systems that is a copy,
            # and two workers can both have it.
            "store_processed": True,
        },
    )


@app.on_after_configure.connect
def make_folders(**_: Any) -> None:
    """Make the broker's folders when the configuration is first used, not at import."""
    results.mkdir(parents=True, exist_ok=True)
    if not on_files:
        return
    for path in (messages, processed, control):
        path.mkdir(parents=True, exist_ok=True)
    for exchange in SHARED_EXCHANGES:
        _declare(control / f"{exchange}.exchange")


def _declare(path: Path) -> None:
    # kombu creates this file empty and fills it a moment later; a node that reads in between
    # dies of invalid JSON (kombu/transport/filesystem.py, Channel._queue_bind).
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text("[]")
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
