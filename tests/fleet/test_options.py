"""The table of options and of pools, against the installed Celery."""

from __future__ import annotations

import inspect

import pytest
from celery.bin.celery import celery
from celery.bin.worker import worker
from celery.concurrency import asynpool, get_implementation

from fleetctl.fleet.options import BY_SPELLING, GLOBAL_OPTIONS, WORKER_OPTIONS
from fleetctl.fleet.pools import GROWING, HEEDED_BY
from fleetctl.fleet.schema import POOLS, Worker


def spellings_of(command: object) -> set[frozenset[str]]:
    return {frozenset(parameter.opts) for parameter in getattr(command, "params")}  # noqa: B009


def test_the_table_has_every_option_of_celery_worker_and_no_other() -> None:
    assert {frozenset(option.spellings) for option in WORKER_OPTIONS} == spellings_of(worker)


def test_the_table_has_every_option_of_celery_and_no_other() -> None:
    assert {frozenset(option.spellings) for option in GLOBAL_OPTIONS} == spellings_of(celery)


def test_flags_are_flags_in_celery_too() -> None:
    flags = {
        spelling
        for command in (worker, celery)
        for parameter in command.params
        if getattr(parameter, "is_flag", False)
        for spelling in parameter.opts
    }
    for spelling, option in BY_SPELLING.items():
        assert option.flag == (spelling in flags), spelling


def test_every_option_is_reachable_by_a_key_or_refused_with_a_way_out() -> None:
    for option in WORKER_OPTIONS:
        assert (option.key in Worker.model_fields) != bool(option.refused)
        assert bool(option.refused) == bool(option.instead)


def source_of(pool: str) -> str:
    """The code of a pool; prefork's own is in two modules."""
    modules = [inspect.getmodule(get_implementation(pool))]
    modules += [asynpool] if pool == "prefork" else []
    return "".join(inspect.getsource(module) for module in modules if module)


@pytest.mark.parametrize(
    ("sign", "pools"),
    [
        ("grow", GROWING),
        # billiard enforces prefork's limits, gevent arms a Timeout, the others drop the argument.
        ("timeout_callback(", HEEDED_BY["time_limit"]),
        ("soft_timeout", HEEDED_BY["soft_time_limit"]),
        ("enable_timeouts=True", HEEDED_BY["max_tasks_per_child"]),
        ("enable_timeouts=True", HEEDED_BY["max_memory_per_child"]),
        ("sched_strategy", HEEDED_BY["optimization"]),
        ("forking_enable", HEEDED_BY["pool_start_method"]),
    ],
)
@pytest.mark.parametrize("pool", POOLS)
def test_what_a_pool_heeds_is_what_its_code_mentions(
    pool: str, sign: str, pools: tuple[str, ...]
) -> None:
    source = source_of(pool)
    limited_by_billiard = sign == "timeout_callback(" and "enable_timeouts=True" in source
    assert (sign in source or limited_by_billiard) == (pool in pools)


def test_the_solo_pool_has_one_slot_whatever_the_concurrency() -> None:
    assert get_implementation("solo")(4).limit == 1
