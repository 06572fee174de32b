"""Hides secrets in what is shown: values of secret-looking names, passwords in URLs."""

from __future__ import annotations

import re

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

# A password may itself hold @, / or #, unescaped: up to the last @ before a space or the next URL.
_USER_INFO = re.compile(r"(\b[A-Za-z][\w+.-]*://[^\s:/?#@;,]*:)([^\s;,\"']+)(?=@)")
_PARAMETER = re.compile(
    r"([?&;]|\b)((?:\w*(?:password|passwd|secret|token|api_?key))|pwd|pass)(=)([^&\s;,\"']+)", re.I
)


def mask(name: str, value: str) -> str:
    """`value` as it may be shown: wholly hidden for a secret's name, else its passwords hidden.

    A URL keeps its host, so that one still sees where it leads.
    """
    masked = mask_argument(value)
    if not value or not _secret(name):
        return masked
    return masked if masked != value and "://" in value else MASK


def mask_argument(text: str) -> str:
    """Text, such as an argument, with the passwords of any URLs or ``password=`` in it hidden."""
    text = _USER_INFO.sub(rf"\g<1>{MASK}", text)
    return _PARAMETER.sub(rf"\g<1>\g<2>\g<3>{MASK}", text)


def _secret(name: str) -> bool:
    upper = name.upper()
    if upper in _PLAIN:
        return False
    return upper.endswith(_SECRET_ENDS) or not _SECRET_PARTS.isdisjoint(re.split(r"[\W_]+", upper))
