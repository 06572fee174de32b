"""A Python file's bytes as text and back: what was read is what will be written, but for edits."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\r|\n")


class Unreadable(Exception):
    """The bytes are no Python source: an unknown encoding, or bytes it doesn't allow.

    ``line`` is that of the first such byte, from 1, where it can be told.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file, its line ends as they are, and how it was encoded."""

    text: str
    encoding: str
    bom: bytes = b""

    def encode(self, text: str) -> bytes:
        """`text` in this file's encoding, with its byte order mark."""
        return self.bom + text.encode(self.encoding)


def decode(data: bytes) -> Source:
    """The text of a Python file, by its byte order mark or coding cookie, else UTF-8 (PEP 263).

    Raises Unreadable; also where the text wouldn't be written back as the same bytes.
    """
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        text = data[len(bom) :].decode(encoding)
        source = Source(text, encoding, bom)
        faithful = source.encode(text) == data
    except UnicodeDecodeError as error:
        raise _undecodable(data, error, len(bom)) from error
    except SyntaxError as error:
        raise _undeclared(data, error) from error
    except (UnicodeError, LookupError, ValueError) as error:
        raise Unreadable(str(error)) from error
    if not faithful:
        raise Unreadable(f"its {encoding} text can't be written back as the same bytes")
    return source


def _undecodable(data: bytes, error: UnicodeDecodeError, skipped: int) -> Unreadable:
    at = error.start + skipped
    head = data.decode("latin-1").split("\n", 2)[:2]
    cookie = any(tokenize.cookie_re.match(each) for each in head)
    line = data.count(b"\n", 0, at) + 1
    wrong = f"byte 0x{data[at]:02x} isn't {error.encoding}"
    return Unreadable(wrong if cookie else f"{wrong}, and no coding cookie names another", line)


def _undeclared(data: bytes, error: SyntaxError) -> Unreadable:
    """Bytes of the first two lines that are no UTF-8 are taken for a missing cookie."""
    try:
        data.decode()
    except UnicodeDecodeError as found:
        if "missing" in str(error):
            return _undecodable(data, found, 0)
    return Unreadable(str(error))


class Lines:
    """Where the lines of a text begin, as Python's tokenizer counts them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]
        self._ascii = text.isascii()

    def offset(self, line: int, column: int) -> int:
        """The index of a place that the syntax tree tells: `column` counts UTF-8 bytes."""
        start = self._starts[line - 1]
        if self._ascii:
            return start + column
        head = self._text[start : start + column].encode("utf-8", "surrogatepass")[:column]
        return start + len(head.decode("utf-8", "surrogatepass"))

    def start(self, line: int) -> int:
        """The index at which a line begins; `line` is from 1."""
        return self._starts[line - 1]

    def place(self, offset: int) -> tuple[int, int]:
        """The line and column of an index, both from 1, in characters."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """A line of the text without its end; `number` is from 1. Empty for one behind the last."""
        if number > len(self._starts):
            return ""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        return self._text[start:end].rstrip("\r\n")


@dataclass(frozen=True, order=True, slots=True)
class Edit:
    """Characters to replace: those from `start` to before `end`, by `new`."""

    start: int
    end: int
    new: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """`text` with `edits` done, which don't overlap."""
    parts: list[str] = []
    done = 0
    for edit in sorted(set(edits)):
        if edit.start < done:
            raise ValueError(f"edits overlap at {edit.start}")
        parts += [text[done : edit.start], edit.new]
        done = edit.end
    return "".join([*parts, text[done:]])
