"""A proposal as the text of a fleet.yaml, with comments that say where things come from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from fleetctl.fleet.masking import mask_line
from fleetctl.init.proposal import Proposal
from fleetctl.init.remarks import Remark

_WIDTH = 79
_COMMENT_COLUMN = 32
_NOTES = {"app": "what `celery -A` gets"}


def render(proposal: Proposal) -> str:
    """The text; it ends in a newline."""
    return "\n".join(_lines(proposal)) + "\n"


def remark_text(remark: Remark) -> str:
    """A remark in one line, with the nodes it is about; passwords in it are masked."""
    about = f" ({', '.join(_some(remark.nodes))})" if remark.nodes else ""
    return mask_line(f"{remark.text}{about}")


def _some(nodes: tuple[str, ...]) -> list[str]:
    return [*nodes[:5], f"and {len(nodes) - 5} more"] if len(nodes) > 6 else list(nodes)


def _lines(proposal: Proposal) -> Iterator[str]:
    yield from _header(proposal)
    notes = {**_NOTES, **proposal.notes}
    top = {"app": proposal.app, **proposal.top}
    yield from _keys(top, notes, "")
    if proposal.defaults:
        yield from ("", noted("defaults:", "every worker's, unless it says otherwise"))
        yield from _keys(proposal.defaults, notes, "  ")
    yield from ("", "workers:")
    yield from _workers(proposal.workers, notes)
    if proposal.beat is not None:
        yield from ("", f"beat: {scalar(dict(proposal.beat))}")


def _header(proposal: Proposal) -> Iterator[str]:
    if proposal.source:
        yield "# Made by `fleetctl init` from"
        for line in proposal.source:
            yield from _comment(mask_line(line), "#   ", "#       ")
    left_out = [remark for remark in proposal.remarks if remark.left_out]
    if left_out:
        yield from ("#", "# Left out:")
        for remark in left_out:
            yield from _comment(remark_text(remark), "#   ", "#     ")
    if proposal.source:
        yield ""


def _comment(text: str, first: str, further: str) -> list[str]:
    # A line feed in a word would end the comment.
    flat = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return textwrap.wrap(
        flat,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _workers(workers: Mapping[str, Mapping[str, Any]], notes: Mapping[str, str]) -> Iterator[str]:
    for name, own in workers.items():
        if own:
            yield noted(f"  {scalar(name)}:", notes.get(name))
            yield from _keys(own, notes, "    ")
        else:
            yield f"  {scalar(name)}: {{}}"


def _keys(keys: Mapping[str, Any], notes: Mapping[str, str], indent: str) -> Iterator[str]:
    for key, value in keys.items():
        if key == "env":
            yield noted(f"{indent}env:", notes.get(key))
            yield from (f"{indent}  {scalar(name)}: {scalar(text)}" for name, text in value.items())
        else:
            yield noted(f"{indent}{key}: {scalar(value)}", notes.get(key))


def noted(text: str, note: str | None) -> str:
    """A line with a comment behind it, which stands in one column with the others."""
    return f"{text:<{_COMMENT_COLUMN - 2}}  # {note}" if note else text


class _Dumper(yaml.SafeDumper):
    """Writes a text with line feeds or the like in quotes, where they are spelled out."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def scalar(value: Any) -> str:
    """A value in one line of YAML, as it may stand behind a key."""
    alone = isinstance(value, str)
    text: str = yaml.dump(
        value if alone else [value],
        Dumper=_Dumper,
        default_flow_style=not alone,
        width=float("inf"),
        allow_unicode=True,
        sort_keys=False,
    )
    return text.removesuffix("...\n").rstrip("\n") if alone else text.strip()[1:-1]
