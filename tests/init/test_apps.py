"""Finding Celery apps: by reading the code, never by running it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetctl.init.apps import interpreter, look

APP = "from celery import Celery\napp = Celery('proj')\n"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"tasks.py": APP}, "tasks:app"),
        ({"proj/__init__.py": "", "proj/celery.py": APP}, "proj.celery:app"),
        ({"proj/celery.py": APP}, "proj.celery:app"),
        ({"proj/__init__.py": APP}, "proj:app"),
        ({"src/proj/__init__.py": "", "src/proj/celery.py": APP}, "proj.celery:app"),
        ({"a/b/c/celery.py": APP}, "a.b.c.celery:app"),
        ({"t.py": "import celery\nworker = celery.Celery()"}, "t:worker"),
        ({"t.py": "import celery as c\nx: c.Celery = c.Celery()"}, "t:x"),
        ({"t.py": "from celery import Celery as C\nx = C()"}, "t:x"),
        ({"t.py": "from celery import Celery\nclass Mine(Celery): pass\nx = Mine()"}, "t:x"),
        ({"t.py": "from celery import Celery\ntry:\n    x = Celery()\nexcept E: pass"}, "t:x"),
        ({"t.py": "from celery import Celery\nif 1:\n    x = Celery()\nelse:\n    pass"}, "t:x"),
        ({"t.py": "from x import make_celery\ncelery = make_celery(flask)"}, "t:celery"),
        ({"z/tasks.py": APP, "a.py": APP}, "a:app"),
        ({"p/tasks.py": APP, "p/celery.py": APP}, "p.celery:app"),
        ({"tests/celery.py": APP, "deep/er/x.py": APP}, "deep.er.x:app"),
        ({"t.py": APP + "celery = Celery()\n"}, "t:app"),
        ({"broken.py": "from celery import Celery(\n", "t.py": APP}, "t:app"),
    ],
)
def test_the_likeliest_app_is_found(tmp_path: Path, files: dict[str, str], name: str) -> None:
    assert look(write(tmp_path, files)).apps[0].name == name


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"t.py": "x = Celery()"},
        {"t.py": "from other import Celery\nx = Celery()"},
        {"t.py": "from celery import Celery\ndef f():\n    x = Celery()"},
        {"t.py": "from celery import Celery\nx.y = Celery()"},
        {"test_t.py": APP},
        {"tests/t.py": APP},
        {".hidden/t.py": APP},
        {"venv/pyvenv.cfg": "", "venv/t.py": APP},
        {"node_modules/t.py": APP},
        {"a/b/c/d/e/t.py": APP},
        {"t.txt": APP},
        {"t.py": "from celery import Celery\nx = Celery()\n\0"},
        {"t.py": "(" * 5000},
    ],
    ids=lambda files: next(iter(files), "nothing") if isinstance(files, dict) else "",
)
def test_what_is_none_is_not_taken_for_one(tmp_path: Path, files: dict[str, str]) -> None:
    assert look(write(tmp_path, files)).apps == ()


def test_code_is_never_run(tmp_path: Path) -> None:
    write(tmp_path, {"t.py": f"{APP}open({str(tmp_path / 'ran')!r}, 'w')\n"})
    assert look(tmp_path).apps
    assert not (tmp_path / "ran").exists()


def test_a_folder_that_cannot_be_read_is_passed_by(tmp_path: Path) -> None:
    write(tmp_path, {"t.py": APP})
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "gone.py").symlink_to("nowhere")
    assert [app.name for app in look(tmp_path).apps] == ["t:app"]


def test_the_place_of_the_app_is_told(tmp_path: Path) -> None:
    (app,) = look(write(tmp_path, {"src/p/celery.py": "\n" + APP})).apps
    assert (app.file, app.line, app.root) == (tmp_path / "src/p/celery.py", 3, tmp_path / "src")


def test_djangos_settings_are_read_from_manage_py(tmp_path: Path) -> None:
    write(tmp_path, {"manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.s")\n'})
    assert look(tmp_path).django == "shop.s"


def test_queues_are_those_that_the_code_names(tmp_path: Path) -> None:
    text = "f.apply_async(queue='mail')\nroutes = {'a': {'queue': 'images'}}\nqueue = Queue()\n"
    assert look(write(tmp_path, {"t.py": text})).queues == ("images", "mail")


def test_the_virtualenv_beside_the_code_is_found(tmp_path: Path) -> None:
    assert interpreter(tmp_path) is None
    write(tmp_path, {"venv/pyvenv.cfg": "", "venv/bin/python": ""})
    assert interpreter(tmp_path) is None
    (tmp_path / "venv/bin/python").chmod(0o755)
    assert interpreter(tmp_path) == tmp_path / "venv/bin/python"
