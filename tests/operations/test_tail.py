"""The last lines of a node that failed: what helps, and nothing of what doesn't."""

from __future__ import annotations

from pathlib import Path

import celery.platforms

from fleetctl.operations.tail import LINES, last_lines

OUTPUT = """\
 -------------- w1@web3 v5.7.0 (collider)
--- ***** -----
-- ******* ---- Linux-6.18-x86_64 2026-11-22 20:15:00
- *** --- * ---
- ** ---------- [config]
- ** ---------- .> app:         shop:0x7f
 -------------- [queues]
                .> celery           exchange=celery(direct) key=celery

Traceback (most recent call last):
  File "<frozen importlib._bootstrap>", line 1204, in _gcd_import
  File "/srv/shop/payments.py", line 3, in <module>
    import stripe
    ^^^^^^^^^^^^^
ModuleNotFoundError: No module named 'stripe'
"""


def test_neither_banner_nor_import_machinery_nor_underlining_is_shown(tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.write_text(OUTPUT)

    assert last_lines(output, tmp_path / "no.log", 0) == (
        "Traceback (most recent call last):",
        '  File "/srv/shop/payments.py", line 3, in <module>',
        "    import stripe",
        "ModuleNotFoundError: No module named 'stripe'",
    )


def test_of_the_log_only_what_is_new_is_shown_and_not_too_much(tmp_path: Path) -> None:
    log = tmp_path / "w1.log"
    log.write_text("old\n")
    before = log.stat().st_size
    with log.open("a") as grown:
        grown.writelines(f"line {number}\n" for number in range(100))

    lines = last_lines(tmp_path / "no output", log, before)

    assert lines == tuple(f"line {number}" for number in range(100 - LINES, 100))


def test_a_log_that_was_rotated_meanwhile_is_all_new(tmp_path: Path) -> None:
    log = tmp_path / "w1.log"
    log.write_text("new\n")

    assert last_lines(tmp_path / "no output", log, 4096) == ("new",)


OF_ROOT = """\
/srv/lib/celery/platforms.py:893: SecurityWarning: You're running the worker with superuser privileges: this is
absolutely not recommended!

Please specify a different user using the --uid option.

User information: uid=0 euid=0 gid=0 egid=0

  _warn_or_raise_security_error(egid, euid, gid, uid,
[tasks]
"""  # noqa: E501 - as Celery writes it


def test_the_warning_of_root_takes_no_room_from_what_went_wrong(tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.write_text(f"{OF_ROOT}this went wrong\n")
    assert last_lines(output, tmp_path / "no.log", 0) == ("this went wrong",)


def test_celery_still_warns_of_root_in_these_words() -> None:
    text = celery.platforms.ROOT_DISCOURAGED.format(uid=0, euid=0, gid=0, egid=0)
    assert [line for line in text.splitlines() if line not in OF_ROOT] == []
