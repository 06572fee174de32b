"""What a fleet.yaml says of its nodes, read at a glance: for TAB, where nobody waits for YAML.

Reads the plain subset of YAML that fleet files are written in, line by line, and of a broken file
what can be read. What the subset lacks (anchors, values over several lines) is left to the real
parser, which costs as much again as all else.
"""

from __future__ import annotations

from fleetctl.completion import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LARGEST = 1_000_000
_QUOTES = ("'", '"')
_STRANGE = ("&", "*", "!", "|", ">", "?", "%", "@", "`", "- ")
"""What begins a value (or a key) that this reader doesn't understand."""


class _NotPlain(Exception):
    """More YAML than is read here."""


def read(path: str) -> dict[str, Any]:
    """The file's maps and lists, scalars as they are written; empty where nothing can be read."""
    text = files.read(path, _LARGEST).decode("utf-8-sig", "replace")
    return parse(text)


def parse(text: str) -> dict[str, Any]:
    """As `read`, of a text."""
    lines = _Lines(text)
    found = lines.block(0)
    if lines.plain:
        return found
    return _parsed(text) or found


def _parsed(text: str) -> dict[str, Any] | None:
    import yaml

    try:
        # BaseLoader: scalars stay text, as above.
        found = yaml.load(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError, TypeError):
        return None
    return _merged(found) if isinstance(found, dict) else None


def _merged(value: dict[str, Any]) -> dict[str, Any]:
    """The map, and those in it, with what ``<<`` brings in."""
    brought = value.get("<<")
    found: dict[str, Any] = {}
    for source in brought if isinstance(brought, list) else [brought]:
        found = {**(source if isinstance(source, dict) else {}), **found}
    found.update({key: each for key, each in value.items() if key != "<<"})
    return {k: _merged(each) if isinstance(each, dict) else each for k, each in found.items()}


class _Lines:
    """The lines of a text, read once from top to bottom."""

    def __init__(self, text: str) -> None:
        self.plain = True
        self._lines: list[tuple[int, str]] = []
        self._at = 0
        for line in text.splitlines():
            content = line.lstrip(" ")
            if content.startswith("\t"):
                self.plain = False
            elif content and not content.startswith("#"):
                self._lines.append((len(line) - len(content), content.rstrip()))

    def block(self, indent: int) -> dict[str, Any]:
        """The map whose keys stand at `indent`; what stands deeper without reason is left out."""
        found: dict[str, Any] = {}
        while self._at < len(self._lines):
            at, content = self._lines[self._at]
            if at < indent:
                break
            self._at += 1
            if at > indent:
                self.plain = False
                continue
            self._entry(found, content, at)
        return found

    def _entry(self, found: dict[str, Any], content: str, at: int) -> None:
        key, colon, rest = _split_key(content)
        if not colon or key.startswith(_STRANGE) or key == "<<":
            self.plain = self.plain and content == "---"
            return
        try:
            key = _unquoted(key)
            # Of what can't be read, at least the name is known.
            found[key] = ""
            found[key] = self._value(_uncommented(rest), at)
        except _NotPlain:
            self.plain = False

    def _value(self, text: str, at: int) -> Any:
        if text.startswith("&"):
            self.plain = False
            text = text.partition(" ")[2]
        if text.startswith(_STRANGE):
            raise _NotPlain
        if text:
            return _flow(text)
        if self._at < len(self._lines):
            deeper, content = self._lines[self._at]
            if content.startswith("- ") and deeper >= at:
                return self._items(deeper)
            if deeper > at:
                return self.block(deeper)
        return ""

    def _items(self, indent: int) -> list[Any]:
        items = []
        while self._at < len(self._lines) and self._lines[self._at][0] == indent:
            content = self._lines[self._at][1]
            if not content.startswith("- "):
                break
            self._at += 1
            item = _uncommented(content[2:].lstrip())
            # A map within a list: nothing that names nodes is written so.
            if item in ("", "-") or item.startswith(_STRANGE) or _split_key(item)[1]:
                raise _NotPlain
            items.append(_flow(item))
        return items


def _split_key(content: str) -> tuple[str, str, str]:
    """``key: value`` in its parts; no colon where it isn't such a line."""
    if content.startswith(_QUOTES):
        end = content.find(content[0], 1)
        after = content[end + 1 :].lstrip()
        if end > 0 and (after == ":" or after.startswith(": ")):
            return content[: end + 1], ":", after[1:].strip()
        return content, "", ""
    if content.startswith(("[", "{")):
        return content, "", ""
    key, colon, rest = f"{content} ".partition(": ")
    if " #" in key:
        return content, "", ""
    return key.rstrip(), colon, rest.strip()


def _uncommented(text: str) -> str:
    """`text` without a comment at its end."""
    quote = ""
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and (not index or text[index - 1] in " [{,:"):
            quote = character
        elif character == "#" and (not index or text[index - 1] == " "):
            return text[:index].rstrip()
    return text


def _flow(text: str) -> Any:
    """A scalar, or a list or map in one line; raises _NotPlain for one that goes on."""
    if text[0] not in "[{":
        return _unquoted(text)
    value, rest = _collection(text)
    if rest:
        raise _NotPlain
    return value


def _collection(text: str) -> tuple[Any, str]:
    closing = "]" if text[0] == "[" else "}"
    items: list[Any] = []
    entries: dict[str, Any] = {}
    rest = text[1:].lstrip()
    while rest and rest[0] != closing:
        key = ""
        if closing == "}":
            key, colon, rest = _split_key(rest)
            if not colon or key.startswith(_STRANGE) or set(key) & set(",{}[]"):
                raise _NotPlain
        value, rest = _item(rest, closing)
        if closing == "}":
            entries[_unquoted(key)] = value
        else:
            items.append(value)
        if not rest.startswith((",", closing)):
            raise _NotPlain
        rest = rest.removeprefix(",").lstrip()
    if not rest:
        raise _NotPlain
    return (entries if closing == "}" else items), rest[1:].lstrip()


def _item(text: str, closing: str) -> tuple[Any, str]:
    if text.startswith(("[", "{")):
        return _collection(text)
    if text.startswith(_QUOTES):
        end = text.find(text[0], 1)
        if end < 0:
            raise _NotPlain
        return _unquoted(text[: end + 1]), text[end + 1 :].lstrip()
    ends = [at for at in (text.find(","), text.find(closing)) if at >= 0]
    if not ends or text.startswith(_STRANGE) or _split_key(text[: min(ends)])[1]:
        raise _NotPlain
    return text[: min(ends)].strip(), text[min(ends) :]


def _unquoted(text: str) -> str:
    if not text.startswith(_QUOTES):
        return text
    if len(text) < 2 or text[-1] != text[0] or "\\" in text or text.count(text[0]) > 2:
        raise _NotPlain
    return text[1:-1]
