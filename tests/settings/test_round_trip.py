"""Every setting of Celery in every form: a real Celery sees the same, by the new names alone."""

from __future__ import annotations

import pytest
from celery.app.defaults import _TO_NEW_KEY, SETTING_KEYS

from fleetctl.settings import snapshot
from tests.settings import effect

FORMS = {
    "a module": ("{}", "{} = {!r}\n", effect.of_module),
    "a class": ("class CeleryConfig:\n{}", "    {} = {!r}\n", effect.of_class),
    "a dict": ("CELERY_CONFIG = {{\n{}}}\n", "    '{}': {!r},\n", effect.of_mapping),
    "keywords of update": (
        "from celery import Celery\napp = Celery()\napp.conf.update(\n{})\n",
        "    {}={!r},\n",
        effect.of_app,
    ),
    "attributes of conf": (
        "from celery import Celery\napp = Celery()\n{}",
        "app.conf.{} = {!r}\n",
        effect.of_app,
    ),
    "items of conf": (
        "from celery import Celery\napp = Celery()\n{}",
        "app.conf['{}'] = {!r}\n",
        effect.of_app,
    ),
    "changes of an app": (
        "from celery import Celery\napp = Celery(changes={{\n{}}})\n",
        "    '{}': {!r},\n",
        effect.of_app,
    ),
    "Django's settings": ("INSTALLED_APPS = []\n{}", "{} = {!r}\n", effect.of_django),
}
# A name that another library may have: alone it says nothing of Celery.
COMPANION = {"BROKER_POOL_LIMIT": 3}


def written(form: str, settings: dict[str, object]) -> str:
    """A file with these settings."""
    around, each, _ = FORMS[form]
    return around.format("".join(each.format(*item) for item in settings.items()))


def test_there_are_as_many_as_celery_has() -> None:
    assert set(_TO_NEW_KEY.values()) == SETTING_KEYS
    assert len(effect.TABLE.new_names) == len(SETTING_KEYS)


def test_the_bundled_table_agrees_with_celery() -> None:
    ours, theirs = snapshot.NEW_NAMES, _TO_NEW_KEY
    assert {old: ours[old] for old in ours.keys() & theirs.keys()} == {
        old: theirs[old] for old in ours.keys() & theirs.keys()
    }
    assert theirs.keys() <= ours.keys()


@pytest.mark.parametrize("form", FORMS)
def test_each_setting_by_itself(form: str) -> None:
    load, django = FORMS[form][2], form == "Django's settings"
    for old, new in effect.TABLE.new_names.items():
        before = written(form, {old: f"value of {old}", **COMPANION})
        after = effect.upgraded(before, django=django)
        value = ["builtins.int", "3"] if old in COMPANION else ["builtins.str", f"'value of {old}'"]
        assert effect.effective(after, load)[new] == value, (form, old)
        if not django:
            assert old not in after.replace("value of", "").split("'")[0].split(), (form, old)


@pytest.mark.parametrize("form", FORMS)
def test_all_settings_at_once(form: str) -> None:
    load, django = FORMS[form][2], form == "Django's settings"
    before = written(form, {old: f"value of {new}" for old, new in effect.TABLE.new_names.items()})
    after = effect.upgraded(before, django=django)
    seen = effect.effective(before, load)
    assert effect.effective(after, load) == seen
    assert len(seen) == len(SETTING_KEYS)
    renamed = effect.differing_tokens(before, after)
    assert all(effect.is_renaming(*pair, django=django) for pair in renamed)
    assert len(renamed) > 100


@pytest.mark.parametrize("form", [form for form in FORMS if form != "Django's settings"])
def test_no_old_name_is_left(form: str) -> None:
    before = written(form, dict.fromkeys(effect.TABLE.new_names, 1))
    assert not effect.TABLE.words.search(effect.upgraded(before))
