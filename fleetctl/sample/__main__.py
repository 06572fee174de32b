"""Give the sample fleet something to do: ``python -m fleetctl.sample slow --seconds 20 -n 4``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import app, tasks

EXAMPLES = """\
examples:
  python -m fleetctl.sample add -n 100             a hundred tasks that end at once
  python -m fleetctl.sample slow --seconds 20 -n 4 four that take 20 seconds each
  python -m fleetctl.sample endless --queue mail   one that no drain outlasts
"""


def parser() -> argparse.ArgumentParser:
    """The sender's command line."""
    top = argparse.ArgumentParser(
        prog="python -m fleetctl.sample",
        description="Send tasks to the sample app's workers.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("-n", "--number", type=int, default=1, help="how many (default: 1)")
    common.add_argument("-q", "--queue", default="celery", help="the queue (default: celery)")
    kinds = top.add_subparsers(dest="task", metavar="TASK", required=True)
    kinds.add_parser("add", parents=[common], help="ends at once")
    slow = kinds.add_parser("slow", parents=[common], help="takes a while and reports progress")
    slow.add_argument("-s", "--seconds", type=float, default=20.0, help="how long (default: 20)")
    kinds.add_parser("fail", parents=[common], help="always fails")
    retry = kinds.add_parser("retry", parents=[common], help="is retried, then succeeds")
    retry.add_argument("-t", "--times", type=int, default=3, help="retries (default: 3)")
    kinds.add_parser("endless", parents=[common], help="never ends")
    return top


def arguments(options: argparse.Namespace) -> dict[str, object]:
    """The keyword arguments of the task the command line names."""
    if options.task == "add":
        return {"x": 2, "y": 2}
    if options.task == "slow":
        return {"seconds": options.seconds}
    if options.task == "retry":
        return {"times": options.times}
    return {}


def main(argv: Sequence[str] | None = None) -> int:
    """Send the tasks and print their ids, one a line."""
    options = parser().parse_args(argv)
    task = getattr(tasks, options.task)
    for _ in range(options.number):
        sent = task.apply_async(kwargs=arguments(options), queue=options.queue)
        sys.stdout.write(f"{sent.id}\n")
    app.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
