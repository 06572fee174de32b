"""A broker's address as people may see it: no password, and nothing that nobody has written."""

import os
from typing import Any
from urllib.parse import quote

MASK = "**"

_NAMELESS = ("filesystem", "memory")
_AMQP = ("amqp", "amqps", "pyamqp")


def shown(connection: Any) -> str:
    """The URL of a kombu Connection: ``redis://:**@cache:6379/0``, ``filesystem:///srv/run/in``.

    Where `Connection.as_uri` would put ``:**@`` and a host whether there are such or not, this
    puts what there is; of a list of brokers, the one in use.
    """
    if connection.uri_prefix or connection.transport.can_parse_url:
        return str(connection.as_uri(mask=MASK))
    facts = connection.info()
    scheme = facts["transport"]
    if scheme in _NAMELESS:
        return f"{scheme}://{_folder(connection) if scheme == 'filesystem' else ''}"
    return f"{scheme}://{_user(connection)}{_host(connection, facts['port'])}{_path(facts)}"


def _folder(connection: Any) -> str:
    # kombu.transport.filesystem takes the folder its consumer reads from to be this one.
    options = connection.transport_options or {}
    return os.path.abspath(str(options.get("data_folder_in", "data_in")))


def _user(connection: Any) -> str:
    user, password = connection.userid, connection.password
    if not user and not password:
        return ""
    return quote(user or "", safe="") + (f":{MASK}@" if password else "@")


def _host(connection: Any, port: Any) -> str:
    host = connection.hostname or ("localhost" if port else "")
    return f"{host}:{port}" if port else host


def _path(facts: Any) -> str:
    virtual_host = str(facts["virtual_host"] or "/")
    if virtual_host == "/" and facts["transport"] not in _AMQP:
        return ""
    return "/" + quote(virtual_host)
