"""What ten nodes weigh after a rolling restart: all are forked from one launcher again."""

from __future__ import annotations

from tests.bench import proc
from tests.bench.fleets import PREFORK, fleet_of, names, seconds
from tests.bench.measures import MEBIBYTE, Ground, Measure, ratio
from tests.bench.start import PSS_LIMIT, by_multi, sample


def rolling(ground: Ground) -> list[Measure]:
    """PSS after `restart all`, against that of nodes just started by `celery multi`."""
    nodes = names(ground.sizes.nodes)
    with fleet_of(ground, len(nodes), PREFORK) as fleet:
        fleet.start()
        took = seconds(fleet, "restart", "all")
        ours = proc.pss(process.pid for process in fleet.survivors())
    theirs = sample(ground, len(nodes), PREFORK, by_multi, mingle=True).pss
    return [
        ratio(
            f"PSS of {len(nodes)} prefork x 2 after a rolling restart of {took:.0f} s",
            [ours / MEBIBYTE],
            [theirs / MEBIBYTE],
            limit=PSS_LIMIT,
            form="{:.0f} MB",
        )
    ]
