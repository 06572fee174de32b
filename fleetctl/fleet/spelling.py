"""The known word that a misspelt one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that was probably meant, or None; from 1 down to `cutoff` alike."""
    import difflib

    words = {other.lower(): other for other in known}
    begun = [other for other in words if other.startswith(word.lower())]
    if len(word) > 1 and begun:
        return words[min(begun, key=len)]
    close = difflib.get_close_matches(word.lower(), words, n=1, cutoff=cutoff)
    return words[close[0]] if close else None


def did_you_mean(word: str, known: Sequence[str], otherwise: str | None = None) -> str | None:
    """A hint with the nearest spelling of `word`, else `otherwise`."""
    close = nearest(word, known)
    return f"did you mean `{close}`?" if close else otherwise
