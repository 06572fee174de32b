"""A try whether nodes could start: imports their app and parses their options, and runs nothing.

It takes no lock, connects to nothing and writes nowhere; what the app does when it is imported is
the app's own affair, and would be done by the nodes too.
"""

import os
import socket
import sys
from array import array
from typing import Any, Dict, List, Optional

from . import collecting, native, preload
from .causes import app_cause, boot_cause, one_line, place_of
from .formats import Cause, Fault, ProbeAnswer, ProbePlan, from_json, to_json
from .node import NO_SUCH_PREFIX, BootFailure, apply_environment, import_program


def main(descriptor: int) -> int:
    """Try the ProbePlan that comes through the socket `descriptor`, and answer there."""
    controller = socket.socket(fileno=descriptor)
    controller.set_inheritable(False)
    if preload.AHEAD in sys.argv:
        preload.import_ahead(controller)
    plan = read_plan(controller)
    if plan is None:
        return 1
    apply_environment(plan.env)
    answer = Answer(native.Socket(fileno=os.dup(descriptor)))
    native.start_new_thread(end_in_time, (plan, answer, native.get_ident()))
    own = os.getpid()
    found = faults(plan)
    # An app that makes itself a daemon would end every node just as it ends this process.
    if os.getpid() == own:
        answer.give(found)
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that the app has left running and what it does at exit are of no interest.
    os._exit(0)


def read_plan(controller: socket.socket) -> Optional[ProbePlan]:
    """The plan, in the file that comes with the first byte; None if the controller is gone."""
    size = array("i").itemsize
    _, ancillary, _, _ = controller.recvmsg(1, socket.CMSG_SPACE(size))
    for _, kind, data in ancillary:
        if kind == socket.SCM_RIGHTS:
            with os.fdopen(array("i", data[:size])[0], "rb") as file:
                file.seek(0)
                return from_json(ProbePlan, file.read())
    return None


class Answer:
    """The one answer that is given, by whichever thread comes first."""

    def __init__(self, controller: Any) -> None:
        self._controller = controller
        self._given = native.allocate_lock()

    def give(self, found: List[Fault]) -> None:
        """Say it if nothing has been said yet and anyone still listens."""
        if not self._given.acquire(False):
            return
        try:
            self._controller.sendall(to_json(ProbeAnswer(found)) + b"\n")
        except OSError:
            return


def end_in_time(plan: ProbePlan, answer: Answer, main_thread: int) -> None:
    """Say where the import stands when the time is over, and end. On a thread of its own."""
    alarm = native.allocate_lock()
    alarm.acquire()
    alarm.acquire(True, plan.limit)
    frame = sys._current_frames().get(main_thread)
    place = place_of(frame) if frame is not None else None
    where = f", at {place}" if place else ""
    text = f"importing {plan.app} takes longer than {plan.limit:g} s{where}"
    answer.give([Fault(Cause("app-hang", text))])
    os._exit(1)


def faults(plan: ProbePlan) -> List[Fault]:
    """All that keeps the nodes from starting, as far as it can be known without running them."""
    try:
        program = import_program(plan.pool)
        sys.argv = [program.__file__ or "celery", *next(iter(plan.nodes.values()), [])]
        sys.modules["__main__"] = program
        command: Any = preload.import_commands()
        collecting.resume()
        found = [Fault(fault, name) for name, fault in options_faults(plan, command).items()]
    except BootFailure as failure:
        return [Fault(failure.cause)]
    except ImportError as error:
        missing = (error.name or "").split(".")[0] == "celery"
        return [Fault(Cause("celery-missing", one_line(error)) if missing else _boot(plan, error))]
    except (Exception, SystemExit) as error:  # noqa: BLE001 - told, with its place
        return [Fault(_boot(plan, error))]
    return found


def _boot(plan: ProbePlan, error: BaseException) -> Cause:
    return boot_cause(error, plan.pool)


def options_faults(plan: ProbePlan, command: Any) -> Dict[str, Cause]:
    """What Celery's own command says to each node's options, by node."""
    found: Dict[str, Cause] = {}
    command.find_app = found_app(command.find_app)
    command.worker.context_settings["auto_envvar_prefix"] = NO_SUCH_PREFIX
    command.worker.callback = command.click.pass_context(check_worker)
    for name, arguments in plan.nodes.items():
        try:
            command.celery.main(
                args=list(arguments),
                prog_name="celery",
                standalone_mode=False,
                auto_envvar_prefix="CELERY",
            )
        except command.click.exceptions.ClickException as error:
            found[name] = boot_cause(error, plan.pool)
        except Unfit as error:
            found[name] = Cause("option", str(error))
    return found


def found_app(find_app: Any) -> Any:
    """`find_app`, with an exact cause when it or one of the app's task modules fails."""

    def find(name: str, *args: Any, **options: Any) -> Any:
        try:
            app = find_app(name, *args, **options)
            app.loader.import_default_modules()
        except (Exception, SystemExit) as error:
            raise BootFailure(app_cause(name, error)) from error
        return app

    return find


class Unfit(Exception):
    """Options that Celery's command can parse and its worker would refuse."""


def check_worker(context: Any, **options: Any) -> None:
    """What the worker's boot would do first with the parsed options, short of connecting."""
    app = context.obj.app
    if context.args:
        try:
            app.config_from_cmdline(context.args, namespace="worker")
        except (KeyError, ValueError) as error:
            text = f"cannot read the settings after `--`: {one_line(error)}"
            raise Unfit(text) from error
    for module in options.get("include") or ():
        try:
            app.loader.import_task_module(module)
        except (Exception, SystemExit) as error:
            raise BootFailure(app_cause(app.main or module, error)) from error
    # Its making imports the broker's library, and connects to nothing.
    _ = app.connection_for_read().transport
    try:
        app.amqp.queues.select(options.get("queues"))
    except KeyError as error:
        raise Unfit(f"the app defines no queue {error}, and creates none") from error
