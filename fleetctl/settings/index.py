"""Which file of a run an import means, and what of it is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

_Value = TypeVar("_Value")
_DEEPEST = 8
"""Parts of a dotted name that an absolute import may have."""


@dataclass(frozen=True, slots=True)
class File:
    """A Python file; ``given`` to be upgraded or only seen around, ``named`` by its own path."""

    path: Path
    text: str
    given: bool = True
    named: bool = False
    package: bool = False
    """Whether the folder it lies in is a package."""
    project: bool = True
    """Whether that folder is part of something that looks like a project."""


class Index:
    """Finds the file that an import means."""

    def __init__(self, files: Iterable[File]) -> None:
        self._packages: set[Path] = set()
        self._whole: dict[str, Path] = {}
        self._by_suffix: dict[str, list[tuple[Path, Path]]] = {}
        for file in files:
            if file.package:
                self._packages.add(file.path.parent)
            self._add(file.path)

    def is_package(self, folder: Path) -> bool:
        """Whether a folder is known to be a package."""
        return folder in self._packages

    def _add(self, path: Path) -> None:
        where = path.parent if path.stem == "__init__" else path.with_suffix("")
        parts = where.parts
        self._whole[dotted(where)] = path
        for length in range(1, min(len(parts), _DEEPEST)):
            root = Path(*parts[:-length])
            self._by_suffix.setdefault(".".join(parts[-length:]), []).append((root, path))

    def find(self, module: str, importer: Path) -> Path | None:
        """The file of a dotted name, imported in another file.

        The folder that it is found from must be one around the importer, the nearest that is no
        package first; else the only one there is.
        """
        if module in self._whole:
            return self._whole[module]
        found = self._by_suffix.get(module, [])
        around = [each for each in found if each[0] in importer.parents]
        around.sort(key=lambda each: (each[0] in self._packages, -len(each[0].parts)))
        if around:
            return around[0][1]
        return found[0][1] if len(found) == 1 and found[0][0] not in self._packages else None


class Seen(Mapping[str, _Value]):
    """What other files export, by the names that an importer knows them by."""

    def __init__(
        self, index: Index, importer: Path, exports: Mapping[Path, Mapping[str, _Value]]
    ) -> None:
        self._index, self._importer, self._exports = index, importer, exports

    def __getitem__(self, key: str) -> _Value:
        module, _, name = key.partition(":")
        path = self._index.find(module, self._importer)
        if path is None or path == self._importer:
            raise KeyError(key)
        return self._exports[path][name]

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return len(self._exports)


def dotted(path: Path) -> str:
    """A whole path as a dotted name, which relative imports are resolved by."""
    return ".".join(path.parts[path.is_absolute() :])
