"""When Python looks for garbage in cycles: not while that is imported which will stay anyway.

It is paused by a threshold of nought (gc.set_threshold), so that what an app decides for itself
when it is imported (a threshold of its own, gc.disable(), gc.freeze()) stands.
"""

import atexit
import gc

_usual = gc.get_threshold()


def pause() -> None:
    """Let garbage lie until `resume`: a launcher's imports take a fifth less."""
    gc.set_threshold(0)


def resume() -> None:
    """Look for garbage as Python usually does; before an app is imported, at the latest."""
    if gc.get_threshold()[0] == 0:
        gc.set_threshold(*_usual)


def settle() -> None:
    """Keep the collector of every child off the pages shared with this process, and resume.

    Nothing is collected before: the holes that leaves are what children would fill, a page of
    their own each (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    gc.freeze()
    # Python takes down at its end what it can collect: files of an app are flushed by that.
    atexit.register(gc.unfreeze)
    resume()
