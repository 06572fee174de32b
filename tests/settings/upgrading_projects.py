"""Files of one project with their settings upgraded together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fleetctl.settings.index import File
from fleetctl.settings.project import Upgraded, Wishes, upgrade
from fleetctl.settings.syntax.source import edited

ROOT = Path("/srv/shop")


def run(
    files: Mapping[str, str],
    *,
    around: tuple[str, ...] = (),
    named: tuple[str, ...] = (),
    packages: tuple[str, ...] = (),
    namespace: str | None = None,
) -> Upgraded:
    """The upgrade of files by their names; those `around` are not given."""
    made = [
        File(
            ROOT / name,
            text,
            given=name not in around,
            named=name in named,
            package=str(Path(name).parent) in packages,
        )
        for name, text in files.items()
    ]
    return upgrade(made, Wishes(namespace=namespace))


def after(files: Mapping[str, str], **how: object) -> dict[str, str]:
    """The new texts of the files that change."""
    result = run(files, **how)  # type: ignore[arg-type]
    texts = {
        str(path.relative_to(ROOT)): edited(
            files[str(path.relative_to(ROOT))],
            [*outcome.edits, *result.calls.get(path, [])],
        )
        for path, outcome in result.outcomes.items()
    }
    for path, edits in result.calls.items():
        name = str(path.relative_to(ROOT))
        texts.setdefault(name, edited(files[name], edits))
    return {name: text for name, text in texts.items() if text != files[name]}
