"""The last lines of a node that failed: what helps, and nothing of what doesn't."""

from __future__ import annotations

from pathlib import Path

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
