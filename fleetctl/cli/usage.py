"""What the parser complains of, in our words: what is wrong, and what was probably meant."""

from __future__ import annotations

from typing import Any

import typer

from fleetctl.errors import UsageError


def in_our_words(error: typer.TyperException) -> UsageError:
    """A usage error with the nearest spelling, or else where the help is."""
    context = getattr(error, "ctx", None)
    hint = f"see `{context.command_path} --help`" if context is not None else "see `fleetctl help`"
    wrong = getattr(error, "option_name", None)
    if wrong is not None and hasattr(error, "possibilities"):
        return UsageError(f"no such option: {wrong}", hint=_meant(str(wrong), context) or hint)
    param = getattr(error, "param", None)
    if param is not None:
        name = param.metavar if param.param_type_name == "argument" else max(param.opts, key=len)
        return UsageError(f"{name}: {_plainly(str(error))}", hint=hint)
    message = error.format_message()
    return UsageError(f"{message[:1].lower()}{message[1:].removesuffix('.')}", hint=hint)


def _plainly(message: str) -> str:
    """What pydantic, by which the parser reads values, says in words of its own."""
    for theirs, ours in _WORDS:
        message = message.replace(theirs, ours)
    what, choice, words = message.removesuffix(".").partition(" is not one of ")
    return f"{what} is none of {words.replace(_QUOTE, '')}" if choice else what


_QUOTE = "'"
_WORDS = (
    ("Value error, ", ""),
    ("Input should be a valid integer, unable to parse string as an integer", "not a whole number"),
    ("Input should be greater than or equal to", "must be at least"),
    ("Input should be less than or equal to", "must be at most"),
    ("Missing parameter: ", "missing: "),
)


_OF_ANOTHER = {("stop", "--timeout"): "stop doesn't wait: `fleetctl stopwait` has --timeout"}
"""Options that are looked for at the wrong command of two."""


def _meant(wrong: str, context: Any) -> str | None:
    from fleetctl.fleet.spelling import nearest

    if context is None:
        return None
    if (context.info_name, wrong) in _OF_ANOTHER:
        return _OF_ANOTHER[context.info_name, wrong]
    known = [each for p in context.command.params for each in (*p.opts, *p.secondary_opts)]
    close = nearest(wrong.strip("-"), [each[2:] for each in known if each.startswith("--")])
    return f"did you mean `--{close}`?" if close else None
