"""Whatever a module sets and however: Celery sees the same, and nothing but names has changed."""

from __future__ import annotations

import keyword
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.settings import effect

KEYS = sorted(effect.TABLE.new_names)
VALUES = st.one_of(
    st.integers(-9, 9),
    st.booleans(),
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=6),
    st.sampled_from(["BROKER_URL", "{BROKER_URL}", "CELERY_TIMEZONE = 1", "# BROKER_URL = 1"]),
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(st.sampled_from(["BROKER_URL", "a"]), st.integers(0, 3), max_size=2),
)
OF_MODULES = [
    "{key} = {value!r}\n",
    "{key}: object = {value!r}  # {key} = 1\n",
    "other = {key} = {value!r}\n",
    "({key}, other) = ({value!r}, 1)\n",
    "if True: {key} = {value!r}; other = 2\n",
    "try:\n    {key} = {value!r}\nfinally:\n    pass\n",
    "for {key} in [{value!r}]:\n    pass\n",
    "globals()['{key}'] = {value!r}\n",
    "globals().update({key}={value!r})\n",
    "def f():\n    global {key}\n    {key} = {value!r}\nf()\n",
    "({key} := {value!r})\n",
    "x = [{key} := {value!r} for _ in [0]]\n",
    "{key} = 1; del {key}; {key} = {value!r}\n",
    "{key} \\\n  = {value!r}\n",
    "{key} = [{value!r}]\n{key} += [1]\n",
    "{key} = f'{{1!r:>5}}{{{{}}}}' + str({value!r})\n",
]
NOISE = [
    "# {key} = 1\n",
    "'''{key} = 1'''\n",
    "MY_{key} = '{key}'\n",
    "def g({key}): return {key}\n",
    "h = lambda {key}=1: {key}\n",
    "y = [{key} for {key} in (1, 2)]\n",
    "import os; z = os.environ.get('{key}', 'x')\n",
    "class Other:\n    def {key}(self): return self.{key}\n",
    "\n\t\n",
    "w = {{'{key}': 1}}['{key}']\n",
]
READS = [
    "r = {key}\n",
    "r = f'{{{key}}} {{{key}!r:>9}} {{{{{key}}}}}'\n",
    "def r(): return {key}\n",
    "r = [{key} for _ in (1,)]\n",
    "r = (lambda: {key})()\n",
    "assert '{key}' in globals()\n",
]
CLASSES = ["    {key} = {value!r}\n", "    {key}: object = {value!r}; other = {key}\n"]
CONFS = ["app.conf.{key} = {value!r}\n", "app.conf['{key}'] = {value!r}\n"]
CONFS += ["app.conf.update({key}={value!r})\n", "app.conf.update({{'{key}': {value!r}}})\n"]
CONFS += ["app.conf.update(**{{'{key}': {value!r}}})\n", "setattr(app.conf, '{key}', {value!r})\n"]

Lines = list[tuple[str, str, object]]


def lines(forms: Sequence[str]) -> st.SearchStrategy[Lines]:
    """Distinct settings, each in one of the forms, with a value."""
    one = st.tuples(st.sampled_from(KEYS), st.sampled_from(forms), VALUES)
    return st.lists(one, min_size=1, max_size=25, unique_by=lambda item: item[0])


def text_of(settings: Lines) -> str:
    """The lines as text."""
    return "".join(form.format(key=key, value=value) for key, form, value in settings)


def check(text: str, load: effect.Load, *, django: bool = False) -> None:
    """The upgrade keeps what Celery sees, and has changed names and nothing else."""
    after = effect.upgraded(text, django=django)
    assert effect.effective(after, load) == effect.effective(text, load)
    for pair in effect.differing_tokens(text, after):
        assert effect.is_renaming(*pair, django=django), pair
    assert effect.upgraded(after, django=django) == after


@settings(max_examples=120)
@given(
    lines(OF_MODULES),
    st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(NOISE)), max_size=6),
    st.lists(st.sampled_from(READS), max_size=4),
)
def test_a_module(body: Lines, noise: list[tuple[str, str]], reads: list[str]) -> None:
    first = body[0][0]
    parts = ["BROKER_POOL_LIMIT = 10\n", text_of(body)]
    parts += [form.format(key=key) for key, form in noise]
    parts += [form.format(key=first) for form in reads]
    check("".join(parts), effect.of_module)


@settings(max_examples=40)
@given(lines(CLASSES), lines(CLASSES))
def test_a_class_and_its_base(base: Lines, own: Lines) -> None:
    head = "class Base:\n    BROKER_POOL_LIMIT = 10\n"
    check(f"{head}{text_of(base)}class CeleryConfig(Base):\n{text_of(own)}", effect.of_class)


@settings(max_examples=40)
@given(lines(["    '{key}': {value!r},\n", "    **{{'{key}': {value!r}}},\n"]))
def test_a_dict(body: Lines) -> None:
    head = "CELERY_CONFIG = {\n    'BROKER_POOL_LIMIT': 10,\n"
    check(f"{head}{text_of(body)}}}\n", effect.of_mapping)


@settings(max_examples=40)
@given(lines(CONFS))
def test_the_conf_of_an_app(body: Lines) -> None:
    head = "from celery import Celery\napp = Celery()\n"
    check(head + text_of(body), effect.of_app)


@settings(max_examples=40)
@given(lines(OF_MODULES), st.lists(st.sampled_from(READS), max_size=3))
def test_settings_of_django(body: Lines, reads: list[str]) -> None:
    parts = ["INSTALLED_APPS = []\nBROKER_POOL_LIMIT = 10\n", text_of(body)]
    parts += [form.format(key=body[0][0]) for form in reads]
    check("".join(parts), effect.of_django, django=True)


def test_no_new_name_is_a_keyword_of_python() -> None:
    assert not any(map(keyword.iskeyword, effect.TABLE.old_names))
