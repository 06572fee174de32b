"""Text from outside, made safe to show, measured and cut by terminal cells."""

from __future__ import annotations

import re
import unicodedata

_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")
# They change how wide their neighbours are drawn, and terminals disagree on how much.
_JOINERS = {ord(character): None for character in "\u200d\ufe0e\ufe0f"}
_TAB = " " * 4
_UNIT = r"(?:[smhdKMG](?!\w)|%)"
# A number stays with its unit: ``12 s``.
_BREAK = re.compile(rf" (?!(?<=\d ){_UNIT})")
# A command in backticks stays whole as well: broken, it couldn't be copied.
_PIECE = re.compile(rf"(?:`[^`]*`|(?<=\d) (?={_UNIT})|\S)+")
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UUID_LENGTH = 36


def clean(text: str) -> str:
    """`text` on one line and harmless: without its colours, all else unprintable spelled out.

    An escape sequence reads ``\\x1b[2J``, a line feed ``\\n``, a bidi override ``\\u202e``.
    """
    return visible(_COLOURS.sub("", text))


def visible(text: str) -> str:
    """As `clean`, but colours are spelled out too: each character by itself."""
    text = text.translate(_JOINERS)
    if text.isprintable():
        return text
    return "".join(map(_spelled, text))


def _spelled(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    if character == "\t":
        return _TAB
    return character.encode("unicode_escape").decode("ascii")


def cells(text: str) -> int:
    """How many terminal cells `text` takes; it must be `clean`."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int, ellipsis: str) -> str:
    """`text` in at most `width` cells, its end given up for an ellipsis where it is longer."""
    if cells(text) <= width:
        return text
    return _head(text, width - len(ellipsis)) + ellipsis[: max(width, 0)]


def cut_start(text: str, width: int, ellipsis: str) -> str:
    """As `cut`, but the end is kept: of a path, that is what tells one from another."""
    if cells(text) <= width:
        return text
    return ellipsis[: max(width, 0)] + _head(text[::-1], width - len(ellipsis))[::-1]


def pad(text: str, width: int, *, right: bool = False) -> str:
    """`text` filled with spaces to `width` cells; `right` puts them before it."""
    spaces = " " * (width - cells(text))
    return spaces + text if right else text + spaces


def wrap(text: str, width: int, lines: int, ellipsis: str) -> list[str]:
    """`text` in at most `lines` lines of `width` cells, broken at spaces where it has them."""
    wrapped: list[str] = []
    while len(wrapped) < lines - 1 and cells(text) > width:
        end = _end(text, width)
        if not end:
            break
        wrapped.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*wrapped, cut(text, width, ellipsis)]


def fold(text: str, first: int, width: int) -> list[str]:
    """All of `text`, in a line of `first` and further ones of `width` cells.

    Broken at spaces, but a word that is too long for any line begins where it stands. A UUID that
    fits into a line is never broken, so that a double click takes it whole.
    """
    folded: list[str] = []
    room = first
    if cells(text) > first:
        # Nobody sees them, and they would make a line of their own.
        text = text.rstrip()
    while cells(text) > room:
        end = _end(text, room)
        word = text[end:].split(maxsplit=1)[0]
        if cells(word) > width:
            end = _beside_uuid(text, len(_head(text, room)), width)
        end = end or 1
        folded.append(text[:end].rstrip())
        text, room = text[end:].lstrip(), width
    return [*folded, text]


def _beside_uuid(text: str, end: int, width: int) -> int:
    """Where to break instead of at `end`, should a UUID be there that fits into `width` cells."""
    for found in re.finditer(_UUID, text[: end + _UUID_LENGTH]):
        if 0 < found.start() < end < found.end() and width >= _UUID_LENGTH:
            return found.start()
    return end


def flow(text: str, first: int, width: int) -> list[str]:
    """All of `text`, in a line of `first` and further ones of `width` cells, each word whole.

    A word that is too long for any line (a path, a command in backticks) sticks out where it
    stands: the terminal breaks it, and it can be copied in one piece.
    """
    lines, begin, end, room = list[str](), 0, 0, first
    for piece in _PIECE.finditer(text):
        fits = cells(text[begin : piece.end()]) <= room
        if not fits and cells(piece[0]) <= width and (end or first < width):
            lines.append(text[begin:end])
            begin, room = piece.start(), width
        end = piece.end()
    return [*lines, text[begin:end]]


def _end(text: str, width: int) -> int:
    """How many characters of `text`, which is wider, make a line: to a space, if it has one."""
    head = _head(text, width)
    breaks = [found.start() for found in _BREAK.finditer(text) if found.start() <= len(head)]
    return breaks[-1] if head and breaks and text[: breaks[-1]].strip() else len(head)


def _head(text: str, width: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += cells(character)
        if used > width:
            return text[:index]
    return text
