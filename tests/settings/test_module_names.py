"""Settings as variables of a module, and everything that refers to them."""

from __future__ import annotations

import pytest

from tests.settings.upgrading import said, upgraded

CHANGED = {
    "an assignment": ("BROKER_URL = 'x'\n", "broker_url = 'x'\n"),
    "several on one line": (
        "BROKER_URL = 'x'; CELERY_TIMEZONE = 'UTC'; CELERYD_CONCURRENCY = 1\n",
        "broker_url = 'x'; timezone = 'UTC'; worker_concurrency = 1\n",
    ),
    "annotated": ("CELERY_IMPORTS: tuple = ()\n", "imports: tuple = ()\n"),
    "annotated without a value": (
        "BROKER_URL: str\nBROKER_URL = 'x'\n",
        "broker_url: str\nbroker_url = 'x'\n",
    ),
    "augmented": (
        "CELERY_IMPORTS = ()\nCELERY_IMPORTS += ('a',)\n",
        "imports = ()\nimports += ('a',)\n",
    ),
    "chained": (
        "A = CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = 'json'\n",
        "A = task_serializer = result_serializer = 'json'\n",
    ),
    "a tuple target": (
        "BROKER_HOST, (CELERY_TIMEZONE, *x) = 'h', ('UTC', 1)\n",
        "broker_host, (timezone, *x) = 'h', ('UTC', 1)\n",
    ),
    "a walrus": ("if (BROKER_URL := get()): pass\n", "if (broker_url := get()): pass\n"),
    "a walrus in a comprehension binds outside it": (
        "x = [BROKER_URL := y for y in z]\n",
        "x = [broker_url := y for y in z]\n",
    ),
    "del": (
        "BROKER_URL = 1\ndel BROKER_URL\nBROKER_URL = 2\n",
        "broker_url = 1\ndel broker_url\nbroker_url = 2\n",
    ),
    "global": (
        "BROKER_URL = 1\ndef f():\n    global OTHER, BROKER_URL\n    BROKER_URL = 2\n",
        "broker_url = 1\ndef f():\n    global OTHER, broker_url\n    broker_url = 2\n",
    ),
    "set in a function only": (
        "def f():\n    global CELERY_ACKS_LATE\n    CELERY_ACKS_LATE = True\n",
        "def f():\n    global task_acks_late\n    task_acks_late = True\n",
    ),
    "inside if, try, with and for": (
        "if a:\n    BROKER_URL = 1\nelse:\n    BROKER_URL = 2\n"
        "try:\n    CELERY_TIMEZONE = 1\nexcept E:\n    CELERY_TIMEZONE = 2\n"
        "with b as CELERY_ACKS_LATE:\n    pass\n"
        "for CELERYD_CONCURRENCY in (1, 2):\n    pass\n",
        "if a:\n    broker_url = 1\nelse:\n    broker_url = 2\n"
        "try:\n    timezone = 1\nexcept E:\n    timezone = 2\n"
        "with b as task_acks_late:\n    pass\n"
        "for worker_concurrency in (1, 2):\n    pass\n",
    ),
    "read later, in expressions and functions": (
        "BROKER_URL = 'x'\nCELERY_RESULT_BACKEND = BROKER_URL + '/1'\n"
        "def f(a=BROKER_URL):\n    return lambda: (BROKER_URL, a)\n"
        "@deco(BROKER_URL)\nclass C(Base, k=BROKER_URL):\n    x = BROKER_URL\n",
        "broker_url = 'x'\nresult_backend = broker_url + '/1'\n"
        "def f(a=broker_url):\n    return lambda: (broker_url, a)\n"
        "@deco(broker_url)\nclass C(Base, k=broker_url):\n    x = broker_url\n",
    ),
    "subscripts of it": (
        "CELERYBEAT_SCHEDULE = {}\nCELERYBEAT_SCHEDULE['x'] = CELERYBEAT_SCHEDULE.get('y')\n",
        "beat_schedule = {}\nbeat_schedule['x'] = beat_schedule.get('y')\n",
    ),
    "f-strings": (
        'BROKER_HOST = "h"\n'
        'x = f"{BROKER_HOST}" f"a{{BROKER_HOST}}{BROKER_HOST!r:>{BROKER_HOST}}"\n',
        'broker_host = "h"\n'
        'x = f"{broker_host}" f"a{{BROKER_HOST}}{broker_host!r:>{broker_host}}"\n',
    ),
    "f-strings over lines, with strings and calls inside": (
        "BROKER_HOST = 'h'\n"
        "x = f'''a\n{d['BROKER_HOST']} é {f(BROKER_HOST, k=BROKER_HOST)[1:2]}\n'''\n",
        "broker_host = 'h'\n"
        "x = f'''a\n{d['BROKER_HOST']} é {f(broker_host, k=broker_host)[1:2]}\n'''\n",
    ),
    "f-strings with comments between them": (
        "BROKER_HOST = 'h'\nx = (f'{BROKER_HOST}'  # it's \"one\n     f'{BROKER_HOST}')\n",
        "broker_host = 'h'\nx = (f'{broker_host}'  # it's \"one\n     f'{broker_host}')\n",
    ),
    "f-strings with comparisons and attributes": (
        "BROKER_HOST = 'h'\nx = rf\"{BROKER_HOST != 'a'}{BROKER_HOST.upper()}{o.BROKER_HOST}\"\n",
        "broker_host = 'h'\nx = rf\"{broker_host != 'a'}{broker_host.upper()}{o.BROKER_HOST}\"\n",
    ),
    "globals() by a string": (
        "globals()['BROKER_URL'] = 1\nx = globals().get('BROKER_URL')\n",
        "globals()['broker_url'] = 1\nx = globals().get('broker_url')\n",
    ),
    "globals().update": (
        "globals().update(BROKER_URL=1, **{'CELERY_TIMEZONE': 2})\n",
        "globals().update(broker_url=1, **{'timezone': 2})\n",
    ),
    "vars() and locals() of the module": (
        "vars()['BROKER_URL'] = 1\nlocals()['CELERY_TIMEZONE'] = 2\n",
        "vars()['broker_url'] = 1\nlocals()['timezone'] = 2\n",
    ),
    "the module object": (
        "import sys\nsys.modules[__name__].BROKER_URL = 1\n"
        "setattr(sys.modules[__name__], 'CELERY_TIMEZONE', 2)\n",
        "import sys\nsys.modules[__name__].broker_url = 1\n"
        "setattr(sys.modules[__name__], 'timezone', 2)\n",
    ),
    "__all__": (
        "__all__ = ['BROKER_URL', 'x']\n__all__ += ('CELERY_TIMEZONE',)\nBROKER_URL = 1\n"
        "CELERY_TIMEZONE = 2\n",
        "__all__ = ['broker_url', 'x']\n__all__ += ('timezone',)\nbroker_url = 1\ntimezone = 2\n",
    ),
    "an import that others keep gets a new name here": (
        "from base import BROKER_URL, x\nCELERY_RESULT_BACKEND = BROKER_URL\n",
        "from base import BROKER_URL as broker_url, x\nresult_backend = broker_url\n",
    ),
    "an import under an old name": (
        "from base import TZ as CELERY_TIMEZONE\nfrom base import (\n    a as  BROKER_URL,\n)\n",
        "from base import TZ as timezone\nfrom base import (\n    a as  broker_url,\n)\n",
    ),
    "after wide characters": (
        "é = 'ü'; BROKER_URL = '漢字'; CELERY_TIMEZONE = BROKER_URL\n",
        "é = 'ü'; broker_url = '漢字'; timezone = broker_url\n",
    ),
    "across continued lines": (
        "BROKER_URL \\\n  = \\\n 'x'; CELERY_TIMEZONE = (\n  BROKER_URL)\n",
        "broker_url \\\n  = \\\n 'x'; timezone = (\n  broker_url)\n",
    ),
    "a class attribute that takes over the module's": (
        "BROKER_URL = 1\nclass Other:\n    BROKER_URL = BROKER_URL\n",
        "broker_url = 1\nclass Other:\n    BROKER_URL = broker_url\n",
    ),
    "a name that Celery's table claims must go with the others": (
        "S3_BUCKET = 'b'\nBROKER_URL = 'x'\n",
        "s3_bucket = 'b'\nbroker_url = 'x'\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED)
def test_it_gets_its_new_name(before: str, after: str) -> None:
    assert upgraded(before) == after


KEPT = {
    "a name that is only imported": "from celeryconfig import BROKER_URL\nx = BROKER_URL\n",
    "a parameter": "def f(BROKER_URL): return BROKER_URL\n",
    "a local variable": "def f():\n    BROKER_URL = 1\n    return BROKER_URL\n",
    "a comprehension's variable": "x = [BROKER_URL for BROKER_URL in y]\n",
    "a lambda's parameter": "x = lambda BROKER_URL: BROKER_URL\n",
    "another module's attribute": "x = other.BROKER_URL\n",
    "an attribute that is set on something": "x.BROKER_URL = 1\n",
    "a keyword of a call": "x = f(BROKER_URL=1)\n",
    "a key of some dict": "x = {'BROKER_URL': 1}\ny = x['BROKER_URL']\n",
    "part of a longer name": "CELERY_BROKER_URL = OLD_BROKER_URL = BROKER_URL_2 = 1\n",
    "an AWS name with a name of Celery's inside": "AWS_S3_REGION_NAME = 'eu'\n",
    "a product's name with a name of Celery's inside": "REDASH_CELERY_RESULT_BACKEND = 'x'\n",
    "a string": "x = 'BROKER_URL'\n",
    "a docstring": '"""BROKER_URL = 1"""\n',
    "a comment": "# BROKER_URL = 'x'\nx = 1  # CELERY_TIMEZONE\n",
    "text of an f-string": "x = f'BROKER_URL {y}'\n",
    "a nonlocal variable": (
        "def f():\n    BROKER_URL = 1\n    def g():\n        nonlocal BROKER_URL\n"
        "        BROKER_URL = 2\n"
    ),
    "names that only look like settings elsewhere": "S3_BUCKET = 'b'\nGCS_BUCKET = 'c'\n",
    "locals() of a function": "def f():\n    locals()['BROKER_URL'] = 1\n",
    "a new-style module that reads old names elsewhere": (
        "from x import settings\nbroker_url = settings.BROKER_URL\n"
    ),
    "an except's name": "try:\n    pass\nexcept E as CELERY:\n    pass\n",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_it_is_left_where_it_is(text: str) -> None:
    assert upgraded(text) == text


@pytest.mark.parametrize(
    "text", [text for text in KEPT.values() if "import BROKER_URL" not in text]
)
def test_it_is_left_beside_settings_that_are_renamed(text: str) -> None:
    assert (
        upgraded(text + "CELERYD_CONCURRENCY = 1\n")
        == text.replace("S3_BUCKET", "s3_bucket").replace("GCS_BUCKET", "gcs_bucket")
        + "worker_concurrency = 1\n"
    )


OBSTACLES = {
    "a local variable of the new name would be meant": (
        "BROKER_URL = 1\nCELERY_TIMEZONE = 2\n"
        "def f(broker_url):\n    return broker_url or BROKER_URL\n",
        "broker_url is another variable",
    ),
    "a comprehension's variable of the new name would be meant": (
        "CELERY_TIMEZONE = 2\nx = [CELERY_TIMEZONE for timezone in y]\n",
        "timezone is another variable",
    ),
    "names are set that can't be seen": (
        "CELERY_TIMEZONE = 2\nfor k in ['BROKER_URL', 'CELERY_ACKS_LATE']:\n    globals()[k] = 1\n",
        "names are looked up in",
    ),
    "a string formats the module's names": (
        "BROKER_HOST = 'h'\nBROKER_URL = 'amqp://%(BROKER_HOST)s' % globals()\n",
        "names are looked up in",
    ),
    "the new name is set, too, but perhaps not always": (
        "try:\n    from local import broker_url\nexcept ImportError:\n    pass\n"
        "BROKER_URL = 1\nCELERY_TIMEZONE = 2\n",
        "broker_url is set, too, but perhaps not always",
    ),
    "the new name is set, too, and deleted": (
        "broker_url = 1\nif x:\n    del broker_url\nBROKER_URL = 1\nCELERY_TIMEZONE = 2\n",
        "broker_url is set, too, but perhaps not always",
    ),
    "names are told by how they begin": (
        "CELERY_TIMEZONE = 1\nfor k in list(globals()):\n    if k.startswith('CELERY_'):\n"
        "        globals()[k] = 2\n",
        "names are looked up in",
    ),
    "names are taken because they are uppercase": (
        "CELERY_TIMEZONE = 1\nall = {k: v for k, v in vars().items() if k.isupper()}\n",
        "because they are uppercase",
    ),
    "something is added to what a star import brings that isn't seen": (
        "from base import *\nCELERY_IMPORTS += ('a',)\nBROKER_URL = 1\n",
        "CELERY_IMPORTS seems to come from base",
    ),
    "a function bears an old name": (
        "BROKER_URL = 1\ndef CELERY_ROUTES(): pass\n",
        "where CELERY_ROUTES stands",
    ),
    "a setting comes from a star import that isn't seen": (
        "from base import *\nCELERYBEAT_SCHEDULE['x'] = 1\nBROKER_URL = 1\n",
        "CELERYBEAT_SCHEDULE seems to come from base",
    ),
}


@pytest.mark.parametrize(("text", "reason"), OBSTACLES.values(), ids=OBSTACLES)
def test_all_are_left_where_one_cannot_be_renamed(text: str, reason: str) -> None:
    assert upgraded(text) == text
    assert reason in said(text)


def test_a_loop_over_other_names_is_no_obstacle() -> None:
    before = "for k in ['a', 'b']:\n    globals()[k] = 1\nBROKER_URL = 1\n"
    assert upgraded(before) == before.replace("BROKER_URL", "broker_url")


def test_a_star_import_that_is_not_seen_is_told() -> None:
    text = (
        "try:\n    from local_celeryconfig import *\nexcept ImportError:\n    pass\n"
        "BROKER_URL = 1\n"
    )
    assert upgraded(text) == text.replace("BROKER_URL", "broker_url")
    assert "person: local_celeryconfig: old names may come from it" in said(text)


def test_star_imports_of_libraries_are_not_told() -> None:
    text = "from os.path import *\nfrom kombu import *\nBROKER_URL = 1\n"
    assert upgraded(text) == text.replace("BROKER_URL", "broker_url")
    assert said(text) == ""


def test_timezone_may_come_from_a_star_import() -> None:
    text = "from datetime import *\nCELERY_TIMEZONE = 1\nBROKER_URL = 2\n"
    assert upgraded(text) == text.replace("BROKER_URL", "broker_url")


def test_a_name_that_is_not_celerys_alone_is_told_when_it_must_go_along() -> None:
    assert "person: S3_BUCKET: renamed like the others" in said("S3_BUCKET = BROKER_URL = 1\n")
