"""The libraries that Celery imports where settings ask for them, and what pip installs them by."""

import sys
import traceback
from typing import Dict, Optional

#: Celery's extras, by the packages that its and kombu's modules import where they are wanted.
EXTRAS: Dict[str, str] = {
    "redis": "redis",
    "packaging": "redis",  # kombu.transport.redis compares versions with it
    "gevent": "gevent",
    "eventlet": "eventlet",
    "greenlet": "gevent",
    "boto3": "sqs",
    "botocore": "sqs",
    "pycurl": "sqs",
    "urllib3": "sqs",
    "pymongo": "mongodb",
    "sqlalchemy": "sqlalchemy",
    "kazoo": "zookeeper",
    "consul": "consul",
    "librabbitmq": "librabbitmq",
    "pymemcache": "pymemcache",
    "pylibmc": "memcache",
    "memcache": "memcache",
    "elasticsearch": "elasticsearch",
    "couchbase": "couchbase",
    "cassandra": "cassandra",
    "pyArango": "arangodb",
    "msgpack": "msgpack",
    "yaml": "yaml",
    "zstandard": "zstd",
    "brotli": "brotli",
    "ephem": "solar",
    "tblib": "tblib",
}


def absent(error: BaseException) -> Optional[str]:
    """The library of Celery's own that an import didn't find, in so many words or in effect."""
    if isinstance(error, ModuleNotFoundError):
        root = (error.name or "").split(".")[0]
        return root if root in EXTRAS else None
    if not isinstance(error, AttributeError) or "'NoneType' object" not in str(error):
        return None
    # kombu.transport.redis has None for a library that isn't there, and goes on to use it.
    trail = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    known = trail[-1].f_globals if trail else {}
    if not str(known.get("__name__", "")).startswith(("kombu.", "celery.")):
        return None
    return next((name for name in EXTRAS if name in known and known[name] is None), None)


def remedy(library: str) -> str:
    """The command that brings a library, under the interpreter that misses it."""
    return f"{sys.executable} -m pip install 'celery[{EXTRAS[library]}]'"
