"""Hides secrets in what is shown: values of secret-looking names, passwords in URLs."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

MASK = "********"

#: Parts of a variable's name, between its underscores.
_SECRET_PARTS = frozenset({
    "ACCESSKEY", "APIKEY", "AUTH", "CREDENTIAL", "CREDENTIALS", "DSN", "KEY", "PASS",
    "PASSPHRASE", "PASSWD", "PASSWORD", "PRIVATE", "PW", "PWD", "SALT", "SECRET", "SECRETS",
    "SIGNATURE", "TOKEN", "TOKENS",
})  # fmt: skip
_SECRET_ENDS = ("PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY")
#: Names with such a part that are no secrets.
_PLAIN = frozenset({"PWD", "OLDPWD", "SSH_AUTH_SOCK"})
_PLAIN_ENDS = ("ROUTING_KEY",)

# A password may itself hold @, / or #, unescaped: up to the last @ before a space or the next URL.
_USER_INFO = re.compile(r"(\b[A-Za-z][\w+.-]*://[^\s:/?#@;,]*:)([^\s;,\"']+)(?=@)")
_NAMED = r"\w*(?:password|passwd|secret|token|api_?key)"
_PARAMETER = re.compile(rf"((?:[?&;]|\b)(?:{_NAMED}|pwd|pass)=)([^&\s;,\"']+)", re.I)
#: In YAML or JSON; what begins like a map, a list, an alias or a tag is no password.
_ENTRY = re.compile(
    rf"(\b{_NAMED}[\"']?\s*[:=]\s+)(\"[^\"]*\"?|'[^']*'?|[^\s,{{}}\[\]&*!|>\"'][^,}}]*)", re.I
)
#: A setting after the ``--`` of a command line: ``name=value``, ``name=(json)value``.
_SETTING = re.compile(r"([A-Za-z_][\w.]*=)(\(\w+\))?(.*)", re.S)


def mask(name: str, value: str) -> str:
    """`value` as it may be shown: wholly hidden for a secret's name, else its passwords hidden.

    A URL keeps its host, so that one still sees where it leads. In JSON each value is masked by
    the name it has there.
    """
    secret = _secret(name)
    nested = _parsed(value)
    if nested is None:
        return _mask_string(value, secret)
    masked = _mask_value(nested, secret)
    return value if masked == nested else json.dumps(masked)


def mask_argument(text: str) -> str:
    """Text, such as an argument, with the passwords of any URLs or ``password=`` in it hidden.

    One that is a setting is masked by its name, as `mask` does.
    """
    setting = _SETTING.fullmatch(text)
    if setting is None:
        return _mask_text(text)
    name, cast, value = setting.groups("")
    return f"{name}{cast}{mask(name[:-1], value)}"


def mask_line(text: str) -> str:
    """A command line or the like, each of its words masked as an argument is."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    masked = [mask_argument(word) for word in words]
    return mask_argument(text) if masked == words else " ".join(masked)


def blot(line: str) -> str:
    """A line of a file with its passwords starred out, each thing staying in its column."""
    for pattern in (_USER_INFO, _PARAMETER, _ENTRY):
        line = pattern.sub(lambda found: found[1] + re.sub(r"[^\"']", "*", found[2]), line)
    return line


def _mask_text(text: str) -> str:
    for pattern in (_USER_INFO, _PARAMETER):
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


def _mask_string(value: str, secret: bool) -> str:
    masked = _mask_text(value)
    if not value or not secret:
        return masked
    return masked if masked != value and "://" in value else MASK


def _mask_value(value: Any, secret: bool) -> Any:
    if isinstance(value, dict):
        return {name: _mask_value(inner, secret or _secret(name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [_mask_value(inner, secret) for inner in value]
    if isinstance(value, str):
        return _mask_string(value, secret)
    return value if isinstance(value, bool | None) or not secret else MASK


def _parsed(text: str) -> dict[str, Any] | list[Any] | None:
    """The map or list that JSON text is; None for all else."""
    if not text.startswith(("{", "[")):
        return None
    try:
        value: dict[str, Any] | list[Any] = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _secret(name: str) -> bool:
    upper = name.upper()
    if upper in _PLAIN or upper.endswith(_PLAIN_ENDS):
        return False
    return upper.endswith(_SECRET_ENDS) or not _SECRET_PARTS.isdisjoint(re.split(r"[\W_]+", upper))
