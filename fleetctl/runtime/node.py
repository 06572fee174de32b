"""One node: from a process that was just forked or exec'd to Celery's own worker command."""

import importlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import replace
from types import ModuleType
from typing import Any, Callable, Dict, Iterable, List, NoReturn

from . import collecting, lease
from .agent import Agent
from .causes import app_cause, boot_cause, one_line
from .dwelling import hold
from .formats import Cause, LaunchPlan, NodePlan, from_json, to_json
from .node_files import NodeFiles
from .notify import notifier_at
from .preload import import_commands
from .title import TITLE_ROOM, set_title

GREEN_POOLS = ("gevent", "eventlet")
NO_SUCH_PREFIX = "FLEETCTL_WITHOUT_AUTOMATIC_VARIABLES"


class BootFailure(SystemExit):
    """The node can't come up: no `except Exception` of Celery's may hide the cause."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(1)
        self.cause = cause


def main(descriptor: int) -> int:
    """Be the one node of the LaunchPlan in the file `descriptor`, in an interpreter of its own."""
    with os.fdopen(descriptor, "rb") as handed:
        handed.seek(0)
        plan = from_json(LaunchPlan, handed.read())
    return live(plan, plan.nodes[0])


def become(plan: LaunchPlan, node: NodePlan) -> int:
    """Be `node`, in a child that was just forked and has closed what isn't its own."""
    detach(NodeFiles(plan.rundir, node.record.name).output(node.record.launch))
    apply_environment(node.env, node.unset)
    return leave_for(plan, node) if node.exec_node else live(plan, node)


def detach(output: str) -> None:
    """A session of one's own, /dev/null to read from, `output` to print to, fresh signals."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    printed = open_output(output)
    for source, target in ((null, 0), (printed, 1), (printed, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(printed)
    reset_signals()


def open_output(output: str) -> int:
    """The file for what is printed; nowhere if the disk is full: what fails next can say so."""
    try:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        return os.open(output, flags, 0o600)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)


def reset_signals() -> None:
    """Dispositions as a fresh Python has them, nothing blocked: a fork inherits the launcher's."""
    python_ignores = (signal.SIGPIPE, signal.SIGXFSZ)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if isinstance(number, signal.Signals):  # the C library keeps some real-time ones for itself
            signal.signal(number, signal.SIG_IGN if number in python_ignores else signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def apply_environment(env: Dict[str, str], unset: Iterable[str] = ()) -> None:
    """Set and unset what a plan says, and have the C library notice a new time zone."""
    for name in unset:
        os.environ.pop(name, None)
    os.environ.update(env)
    time.tzset()


def leave_for(plan: LaunchPlan, node: NodePlan) -> NoReturn:
    """Go on in a fresh interpreter, which gevent and eventlet can patch before all else."""
    handed = tempfile.TemporaryFile()  # noqa: SIM115 - it is to outlive this program
    handed.write(to_json(replace(plan, nodes=[node])))
    handed.flush()
    os.set_inheritable(handed.fileno(), True)
    door = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launcher.py")
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    argv = [sys.executable, *flags, door, "--node", str(handed.fileno()), " " * TITLE_ROOM]
    os.execv(sys.executable, argv)  # noqa: S606


def live(plan: LaunchPlan, node: NodePlan) -> int:
    """Run the worker; its exit status. Whatever ends it, the agent's last snapshot says why."""
    record = node.record
    files = NodeFiles(plan.rundir, record.name)
    agent = Agent(record, files, notifier_at(plan.notify, os.environ))
    agent.start()
    try:
        prove_life(plan, agent, record.name)
        settle(node)
        set_title(record.argv)
        return work(plan, node, agent)
    except BootFailure as failure:
        agent.failed(failure.cause)
        raise
    except SystemExit as leaving:
        agent.left(leaving)
        raise
    except Exception as error:  # noqa: BLE001 - told below, to the agent and to the output file
        agent.failed(boot_cause(error, record.pool))
        return complain(error)


def prove_life(plan: LaunchPlan, agent: Agent, name: str) -> None:
    """Hold what nobody else can as long as this process lives: in the rundir, and outside of it."""
    try:
        agent.settle_in()
    except OSError as error:
        text = f"cannot write to its rundir: {one_line(error)}"
        raise BootFailure(Cause("error", text)) from error
    try:
        lease.own_folder(plan.registry)
        hold(lease.place_of(plan.registry, plan.rundir, name))
    except (OSError, ValueError) as error:
        complain(error)  # the lease will meet it again, where it can be told


def settle(node: NodePlan) -> None:
    """Stand in the workdir, on sys.path too, as ``python -m celery`` started there would."""
    old = os.getcwd()
    os.chdir(node.record.workdir)
    if sys.path and sys.path[0] == old:
        sys.path[0] = os.getcwd()
    if node.umask is not None:
        os.umask(node.umask)


def work(plan: LaunchPlan, node: NodePlan, agent: Agent) -> int:
    """Celery's own ``celery worker`` command, with the agent's hooks in it."""
    arguments = node.record.argv[node.record.argv.index("celery") + 1 :]
    program = import_program(node.record.pool)
    sys.argv = [program.__file__ or "celery", *arguments]
    sys.modules["__main__"] = program
    command: Any = import_commands()

    from . import hooks

    hooks.install(agent)
    collecting.resume()
    command.find_app = found_app(command.find_app, plan, node, agent)
    return run(command, arguments, agent)


def import_program(pool: str) -> ModuleType:
    """celery.__main__, after patching where the pool wants it, as that program does itself.

    It also takes the place of ``__main__``: what is pickled or spawned must not meet ours there.
    """
    try:
        import celery
    except ImportError as error:
        raise BootFailure(Cause("celery-missing", one_line(error))) from error
    if pool in GREEN_POOLS:
        celery.maybe_patch_concurrency(["celery", "-P", pool])
    return importlib.import_module("celery.__main__")


def found_app(
    find_app: Callable[..., Any], plan: LaunchPlan, node: NodePlan, agent: Agent
) -> Callable[..., Any]:
    """`find_app`, with an exact cause when it fails and the nodename's lease when it doesn't."""

    def find(name: str, *args: Any, **options: Any) -> Any:
        agent.importing(True)
        try:
            app = find_app(name, *args, **options)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            traceback.print_exc(file=sys.__stderr__)
            raise BootFailure(app_cause(name, error)) from error
        finally:
            agent.importing(False)
        if agent.touch is None:
            take_lease(plan, node, agent, app)
        return app

    return find


def take_lease(plan: LaunchPlan, node: NodePlan, agent: Agent, app: Any) -> None:
    """Make this process the only one of its nodename on its broker, before anything connects."""
    record = node.record
    try:
        facts = app.connection_for_read().info()
    except Exception as error:
        # Such as settings that can't be read, or a transport whose library isn't installed.
        complain(error)
        raise BootFailure(boot_cause(error, record.pool)) from error
    fleet = os.path.dirname(record.fleet)
    try:
        broker = lease.broker_of(facts)
        if broker is not None:
            agent.touch = lease.take(plan.registry, record.nodename, fleet, broker).touch
    except lease.Held as held:
        raise BootFailure(Cause("already-running", str(held))) from held
    except OSError as error:
        text = f"the registry of running nodes: {one_line(error)}"
        raise BootFailure(Cause("permission", text)) from error
    except Exception as error:
        # Out of here, Celery would report it as "Unable to load celery application".
        complain(error)
        text = f"fleetctl's own registry of running nodes: {one_line(error)}"
        raise BootFailure(Cause("error", text)) from error


def run(command: Any, arguments: List[str], agent: Agent) -> int:
    """Call the click command, deaf to CELERY_WORKER_* (celery/celery#4284); its exit status."""
    command.worker.context_settings["auto_envvar_prefix"] = NO_SUCH_PREFIX
    try:
        status = command.celery.main(
            args=arguments, prog_name="celery", standalone_mode=False, auto_envvar_prefix="CELERY"
        )
    except command.click.exceptions.ClickException as error:
        error.show(file=sys.__stderr__)
        agent.failed(boot_cause(error, agent.record.pool))
        return int(error.exit_code)
    return status if isinstance(status, int) else 0


def complain(error: BaseException) -> int:
    """The traceback, into the output file; an exit status."""
    trail = traceback.format_exception(type(error), error, error.__traceback__)
    print("".join(trail), file=sys.__stderr__, flush=True)
    return 1
