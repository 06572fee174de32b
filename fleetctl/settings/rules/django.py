"""Django keeps uppercase settings only, so Celery reads them by a namespace or by their old names.

https://docs.celeryq.dev/en/stable/django/first-steps-with-django.html; ``django.conf.Settings``
takes over only what ``str.isupper``.
"""

from __future__ import annotations

import ast
import re

from fleetctl.settings.facts import Facts, dotted
from fleetctl.settings.model import Container
from fleetctl.settings.rules.verdict import Ignore, Leave, Upgrade, Verdict

_OWN = frozenset(
    """
    ALLOWED_HOSTS ASGI_APPLICATION AUTHENTICATION_BACKENDS AUTH_PASSWORD_VALIDATORS AUTH_USER_MODEL
    CACHES CSRF_COOKIE_SECURE CSRF_TRUSTED_ORIGINS DATABASES DATABASE_ROUTERS DEFAULT_AUTO_FIELD
    DEFAULT_FILE_STORAGE DEFAULT_FROM_EMAIL DJANGO_APPS EMAIL_BACKEND FIXTURE_DIRS INSTALLED_APPS
    INTERNAL_IPS
    LANGUAGE_CODE LOCALE_PATHS LOGIN_REDIRECT_URL LOGIN_URL MEDIA_ROOT MEDIA_URL MIDDLEWARE
    MIDDLEWARE_CLASSES PASSWORD_HASHERS REST_FRAMEWORK ROOT_URLCONF SECURE_SSL_REDIRECT
    SESSION_ENGINE SITE_ID STATICFILES_DIRS STATICFILES_FINDERS STATICFILES_STORAGE STATIC_ROOT
    STATIC_URL STORAGES TEMPLATES TEMPLATE_CONTEXT_PROCESSORS TEMPLATE_DEBUG TEMPLATE_DIRS
    TEMPLATE_LOADERS TEST_RUNNER USE_I18N USE_L10N USE_TZ WSGI_APPLICATION
    """.split()  # noqa: SIM905
)
_PACKAGES = re.compile(r"django|djcelery|djkombu|environ|configurations|split_settings|\w*_django")
_ALWAYS = ("djcelery", "djkombu", "configurations")
"""Packages that work through Django's settings only, whatever the file is called."""
_WEAK = frozenset(("LANGUAGE_CODE", "USE_I18N", "USE_L10N", "USE_TZ"))
"""Names that people set in a celeryconfig.py as well, beside Celery's own time zone."""
_NEVER = "SQLALCHEMY_DATABASE_URI"
_READS_SETTINGS = "django.conf"
_SETUPS = ("django.setup", "configurations.setup")
_BASE = re.compile(r"(?:.*settings.*|base|common|defaults?|production|prod|dev|development|local)")
_SETTINGS_OF_DJANGO_PROGRAMS = ("sentry.conf.server",)
_BACKENDS = re.compile(r"django-(?:db|cache)|django_celery_\w+[.:].*|djcelery\..*")


def is_settings(facts: Facts) -> bool:
    """Whether a module is one of Django's settings."""
    if facts.context.claims.get("") == "django":
        return True
    if _NEVER in facts.upper_names and "INSTALLED_APPS" not in facts.upper_names:
        return False
    if _READS_SETTINGS in facts.imported or _sets_django_up(facts):
        return False
    celerys = "celery" in facts.context.stem
    own = _OWN - _WEAK if celerys else _OWN
    return (
        not own.isdisjoint(facts.module.scopes.module.bindings)
        or not facts.imported_roots.isdisjoint(_ALWAYS)
        or (not celerys and _imports_django(facts))
        or any(_is_base(node.module or "", node.level) for node in facts.stars)
        or (facts.context.folder == "settings" and "celeryconfig" not in facts.context.stem)
        or (not celerys and _names_backend(facts))
    )


def _sets_django_up(facts: Facts) -> bool:
    """Whether it calls ``django.setup()`` or the like, which reads the settings."""
    return any(dotted(call.func) in _SETUPS for call in facts.calls.get("setup", ()))


def _imports_django(facts: Facts) -> bool:
    return any(_PACKAGES.match(root) for root in facts.imported_roots)


def _is_base(module: str, level: int) -> bool:
    last = module.rpartition(".")[2]
    if module in _SETTINGS_OF_DJANGO_PROGRAMS or "settings" in module:
        return True
    inside = level or "." in module
    return bool(inside and _BASE.fullmatch(last)) or module.endswith((".envs.common", "envs.base"))


def _names_backend(facts: Facts) -> bool:
    texts = (node.value for node in facts.module.all(ast.Constant))
    return any(isinstance(text, str) and _BACKENDS.fullmatch(text) for text in texts)


def _by_namespace(facts: Facts, container: Container, namespace: str) -> Verdict:
    """To a namespace; if the app is to get it only now, no name may come to life by that."""
    asleep = {f"{namespace}_{new.upper()}" for new in facts.table.old_names}
    woken = sorted((asleep - facts.table.new_names.keys()) & container.others.keys())
    if facts.context.app and woken:
        return Leave(
            f"with a namespace {', '.join(woken)} would take effect, which Celery ignores today",
            f"delete {'it' if len(woken) == 1 else 'them'} first, or rename all by hand",
            "person",
        )
    return Upgrade(namespace)


def verdict_of_class(facts: Facts, container: Container) -> Verdict:
    """Of the attributes of a class of django-configurations, which may be variables' names.

    https://django-configurations.readthedocs.io/en/stable/values/: a value reads the variable
    called as the attribute, unless it says ``environ=False`` or ``environ_name``.
    """
    names = facts.context.namespace or "CELERY"
    read = [
        key
        for site in container.sites
        if (key := site.key) and facts.table.namespaced(key, names) != key
        if _is_read_from_environment(facts, site.node)
    ]
    if read:
        return Leave(
            f"{', '.join(dict.fromkeys(read))} is read from the environment by that very name",
            "give it environ_name= first, or rename it by hand",
            "person",
        )
    return verdict(facts, container)


def _is_read_from_environment(facts: Facts, node: ast.AST) -> bool:
    around = facts.module.parent(node)
    value = around.value if isinstance(around, ast.Assign | ast.AnnAssign) else None
    if not isinstance(value, ast.Call):
        return False
    callee = value.func
    owner = callee.value if isinstance(callee, ast.Attribute) else callee
    origins = facts.origins(owner)
    told = {keyword.arg for keyword in value.keywords}
    return not told & {"environ_name", "environ"} and any(
        module.partition(".")[0] == "configurations" for module, _ in origins
    )


def leave_doubtful(app: str) -> Leave:
    """Of a module that may be Django's settings or not, where `app` reads those."""
    return Leave(
        f"the app reads Django's settings ({app}), which keep uppercase names only, and nothing"
        " shows whether this module is one of them",
        "if it is: --namespace with what that call says, and this file by its own name",
    )


def verdict(facts: Facts, container: Container) -> Verdict:
    """Of the settings of a Django module."""
    context, table = facts.context, facts.table
    if context.namespace:
        return _by_namespace(facts, container, context.namespace)
    if all(table.namespaced(key, "CELERY") == key for key in container.sets):
        return Ignore()
    if context.app:
        return Leave(
            "Django keeps uppercase settings only, and the app reads them without a namespace"
            f" ({context.app})",
            "--namespace CELERY renames them and completes that call",
        )
    return Leave(
        "Django keeps uppercase settings only, and the project's config_from_object, which says"
        " what else to call them, isn't found",
        'if it says namespace="CELERY": --django; if it says another: --namespace NAME',
    )
