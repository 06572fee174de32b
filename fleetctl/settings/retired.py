"""Names that Celery has forgotten: what became of each, and what to do instead.

The first is in the documentation's table of old names and in no table of the code
(https://docs.celeryq.dev/en/stable/userguide/configuration.html#new-lowercase-settings); the others
are settings of Celery 2 and 3 that Celery 4 removed
(https://docs.celeryq.dev/en/v4.4.7/internals/deprecation.html and the same page of 3.1 and 2.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a name, and what to do about it."""

    became: str
    advice: str


_MAILS = Fate(
    "Celery 4 sends no error mails",
    "delete it; connect to the task_failure signal where mails are wanted",
)
_LOGGING = Fate(
    "Celery 4 takes no log file or level from its settings",
    "delete it; give --logfile and --loglevel to the command",
)
_MONITOR = Fate("celerymon is no more", "delete it; flower has taken its place")
_EXCHANGE = Fate("Celery 4 names this exchange itself", "delete it")
_TYRANT = Fate("Celery 4 has no Tokyo Tyrant backend", "delete it; choose another result_backend")
_MONGO_URL = Fate(
    "it is part of a URL now", "delete it; say it in result_backend or mongodb_backend_settings"
)
_REDIS_URL = Fate("it is part of a URL now", "delete it; say it in broker_url or result_backend")


def _all(fate: Fate, *names: str) -> dict[str, Fate]:
    return dict.fromkeys(names, fate)


FATES: Mapping[str, Fate] = {
    "CELERY_ENABLE_UTC": Fate(
        "Celery 4 and later don't read it: enable_utc is at its default, True",
        "delete it, or write enable_utc if False is what you want",
    ),
    **_all(
        _MAILS,
        "CELERY_SEND_TASK_ERROR_EMAILS",
        "CELERY_TASK_ERROR_WHITELIST",
        "CELERY_ERROR_EMAIL_BODY",
        "CELERY_ERROR_EMAIL_SUBJECT",
    ),
    **_all(
        _LOGGING,
        "CELERYD_LOG_FILE",
        "CELERYD_LOG_LEVEL",
        "CELERYBEAT_LOG_FILE",
        "CELERYBEAT_LOG_LEVEL",
        "CELERYEV_LOG_FILE",
        "CELERYEV_LOG_LEVEL",
        "CELERY_LOG_FILE",
        "CELERY_LOG_LEVEL",
    ),
    **_all(_MONITOR, "CELERYMON_LOG_FILE", "CELERYMON_LOG_LEVEL", "CELERYMON_LOG_FORMAT"),
    **_all(
        _EXCHANGE,
        "CELERY_BROADCAST_QUEUE",
        "CELERY_BROADCAST_EXCHANGE",
        "CELERY_BROADCAST_EXCHANGE_TYPE",
        "CELERY_EVENT_EXCHANGE_TYPE",
        "CELERY_EVENT_QUEUE",
        "CELERY_EVENT_ROUTING_KEY",
    ),
    **_all(_TYRANT, "TT_HOST", "TT_PORT"),
    **_all(_MONGO_URL, "CELERY_MONGODB_HOST", "CELERY_MONGODB_PORT", "CELERY_MONGODB_DATABASE"),
    **_all(_REDIS_URL, "CELERY_REDIS_CONNECT_RETRY"),
    "BROKER_BACKEND": Fate(
        "Celery 4 and later don't read it", "write broker_transport, or say it in broker_url"
    ),
    "CARROT_BACKEND": Fate(
        "Celery 4 and later don't read it", "write broker_transport, or say it in broker_url"
    ),
    "BROKER_INSIST": Fate("Celery 4 and later don't read it", "delete it"),
    "CELERY_BACKEND": Fate("Celery 4 and later don't read it", "write result_backend"),
    "CELERY_AMQP_TASK_RESULT_EXPIRES": Fate(
        "Celery 4 and later don't read it", "write result_expires"
    ),
    "CELERY_AMQP_TASK_RESULT_CONNECTION_MAX": Fate(
        "Celery 4 and later don't read it", "write broker_pool_limit"
    ),
    "CELERY_CHORD_PROPAGATES": Fate(
        "Celery 4 and later always propagate a chord's errors", "delete it"
    ),
    "CELERY_DB_REUSE_MAX": Fate("the database is no broker of Celery 4", "delete it"),
    "CELERY_SERIALIZER": Fate(
        "Celery doesn't read it", "write task_serializer or result_serializer"
    ),
    "CELERY_CONCURRENCY": Fate("Celery doesn't read it", "write worker_concurrency"),
    "CELERYD_FORCE_EXECV": Fate(
        "Celery 4 and later don't read it: the pool no longer needs it", "delete it"
    ),
    "CELERYD_AUTORELOADER": Fate("Celery 4 has no autoreload", "delete it"),
    "CELERYD_BOOT_STEPS": Fate(
        "Celery 4 and later don't read it", "add them to app.steps, as the documentation shows"
    ),
    "CELERYD_ETA_SCHEDULER": Fate("Celery 4 and later don't read it", "write worker_timer"),
    "CELERYD_ETA_SCHEDULER_PRECISION": Fate(
        "Celery 4 and later don't read it", "write worker_timer_precision"
    ),
    "CELERYD_LISTENER": Fate("Celery 4 and later don't read it", "write worker_consumer"),
    "CELERYD_MEDIATOR": Fate("Celery 4 has no mediator", "delete it"),
    "CELERYD_MAX_CONCURRENCY": Fate("Celery doesn't read it", "write worker_concurrency"),
    "CELERYD_SOFT_TASK_TIME_LIMIT": Fate(
        "Celery 4 and later don't read it", "write task_soft_time_limit"
    ),
    "CASSANDRA_COLUMN_FAMILY": Fate(
        "Celery 4 and later don't read it", "write cassandra_keyspace and cassandra_table"
    ),
    "CASSANDRA_DETAILED_MODE": Fate("Celery 4 and later don't read it", "delete it"),
}
