"""One line on how a node is, for the STATUS= of sd_notify: a snapshot in, words out."""

from .formats import CONNECTING, CONSUMING, DRAINING, EXITED, FAILED, Snapshot

FAILED_TEXT = "failed: "


def status_text(snapshot: Snapshot, app: str, importing: bool) -> str:
    """What a person should read; ``importing`` says that `app` is being imported just now."""
    if snapshot.phase == CONSUMING:
        down = snapshot.broker is not None and not snapshot.broker.connected
        return "ready, but without its broker" if down else "ready"
    if snapshot.phase == DRAINING:
        return f"draining, {len(snapshot.active)} tasks running"
    if snapshot.phase == FAILED and snapshot.cause is not None:
        return FAILED_TEXT + snapshot.cause.message
    if snapshot.phase == EXITED:
        return "exited"
    return "importing " + app if importing else _connecting(snapshot)


def _connecting(snapshot: Snapshot) -> str:
    broker = snapshot.broker
    if broker is not None and broker.error and not broker.connected:
        return f"cannot reach {broker.url}: {broker.error.rstrip('.')}"
    if snapshot.phase == CONNECTING and broker is not None:
        return "connecting to " + broker.url
    return "starting"
