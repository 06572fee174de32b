"""Flask's ``from_object`` drops lowercase names: settings that reach Celery through it must stay.

``flask.Config.from_object`` takes over what ``str.isupper``; Celery's documented way with Flask is
a nested CELERY dict (https://flask.palletsprojects.com/en/stable/patterns/celery/).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from fleetctl.settings.facts import Facts
from fleetctl.settings.keys import Keys
from fleetctl.settings.model import Container
from fleetctl.settings.rules.verdict import Leave
from fleetctl.settings.table import plainly_celerys

LEAVE = Leave(
    "Flask's configuration drops lowercase names",
    'move them into a dict: CELERY = {"broker_url": …}, and'
    ' celery_app.config_from_object(app.config["CELERY"])',
)
_NAMES = re.compile(
    r"(?:SQLALCHEMY|WTF|FLASK|JWT|SECURITY|BABEL|DEBUG_TB|BCRYPT|APISPEC|SWAGGER|RECAPTCHA)_\w+"
    r"|SESSION_(?:COOKIE_\w+|TYPE)|MAIL_(?:SERVER|PORT|USE_TLS|USE_SSL|USERNAME|DEFAULT_SENDER)"
    r"|JSON_(?:AS_ASCII|SORT_KEYS)|CACHE_TYPE|MONGODB_SETTINGS|UPLOAD_FOLDER|SECRET_KEY|TESTING"
    r"|SERVER_NAME|APPLICATION_ROOT|PREFERRED_URL_SCHEME|MAX_CONTENT_LENGTH|SEND_FILE_\w+"
    r"|TEMPLATES_AUTO_RELOAD|PROPAGATE_EXCEPTIONS|PERMANENT_SESSION_LIFETIME|init_app"
)
_PACKAGES = re.compile(r"flask\w*|werkzeug|invenio\w*|redash|superset|airflow", re.IGNORECASE)
_TAKES_NAMES = ("update", "from_mapping")


def are_its(names: Iterable[str]) -> bool:
    """Whether one of the names is what Flask or its extensions are configured by."""
    return any(_NAMES.fullmatch(name) for name in names)


def is_configuration(facts: Facts) -> bool:
    """Whether a module is what a Flask app is configured by."""
    return any(_PACKAGES.fullmatch(root) for root in facts.imported_roots) or are_its(
        facts.upper_names
    )


def is_given(facts: Facts, family: list[ast.ClassDef]) -> bool:
    """Whether a class of the family is given to a Flask app's ``config.from_object``."""
    return any(_names(facts, node, family) for node in facts.flask_objects)


def _names(facts: Facts, node: ast.expr, family: list[ast.ClassDef]) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return text.rpartition(".")[2] in {each.name for each in family}
        case ast.Call(func=callee):
            return _names(facts, callee, family)
    return any(each in family for each in facts.definition(node, ast.ClassDef))


def settings_in_app_config(facts: Facts) -> Iterator[Container]:
    """The old names that are set in ``app.config``."""
    container = Container("mapping", "app.config")
    keys = Keys(facts, container)
    for node in facts.module.all(ast.Attribute):
        if node.attr == "config":
            _gather(keys, node)
    if any(plainly_celerys(key) for key in container.sets):
        yield container


def _gather(keys: Keys, config: ast.Attribute) -> None:
    module = keys.facts.module
    match module.parent(config):
        case ast.Subscript(slice=key, ctx=ast.Store()):
            keys.string(key, sets=True)
        case ast.Attribute(attr=method) as called if method in _TAKES_NAMES:
            call = module.parent(called)
            if isinstance(call, ast.Call) and call.func is called:
                keys.call(call)
