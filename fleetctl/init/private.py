"""Keeps passwords out of fleet.yaml: secrets go to an env file that only its owner reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fleetctl.fleet.masking import mask
from fleetctl.init.draft import Draft
from fleetctl.init.remarks import Remarks

_PLAIN = frozenset({"DJANGO_SETTINGS_MODULE", "LANG", "LANGUAGE", "PATH", "TZ", "VIRTUAL_ENV"})
_PLAIN_BEGINNINGS = ("CELERY_", "LC_", "MALLOC_", "OMP_", "PYTHON")


def split(
    drafts: Sequence[Draft], remarks: Remarks, *, guarded: bool = False
) -> tuple[tuple[Draft, ...], dict[str, str]]:
    """The drafts without secrets in their environment, and the secrets that all have in common.

    A secret that isn't every node's is left out, with a remark. An environment is `guarded` that
    nobody but its owner could read before: then all is secret that isn't known to be plain.
    """
    common: dict[str, str] = {}
    cleaned = []
    for draft in drafts:
        secrets = {name for name in draft.env if _is_secret(name, draft.env[name], guarded)}
        for name in sorted(secrets):
            value = draft.env[name]
            if "${" in value or any(other.env.get(name) != value for other in drafts):
                text = f"the variable {name}, which may be a secret"
                remarks.about(draft.name).add(text, "put it into an env_file", left_out=True)
            else:
                common[name] = value
        env = {name: value for name, value in draft.env.items() if name not in secrets}
        cleaned.append(replace(draft, env=env))
    return tuple(cleaned), common


def _is_secret(name: str, value: str, guarded: bool) -> bool:
    plain = name in _PLAIN or name.startswith(_PLAIN_BEGINNINGS)
    return mask(name, value) != value or (guarded and not plain)


def env_file(secrets: Mapping[str, str]) -> str:
    """The text of an env file with these variables."""
    lines = []
    for name, value in secrets.items():
        quoted = value.replace("\\", "\\\\").replace("'", "\\'")
        lines.append(f"{name}='{quoted}'\n")
    return "".join(lines)
