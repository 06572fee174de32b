"""The %-abbreviations, against Celery's own functions."""

from __future__ import annotations

import pytest
from celery.utils.nodenames import default_nodename, gethostname, host_format, node_format
from hypothesis import assume, given
from hypothesis import strategies as st

from fleetctl.fleet import expand

HOSTS = st.from_regex(r"[a-z][a-z0-9-]{0,8}(\.[a-z]{1,5}){0,3}", fullmatch=True)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,12}", fullmatch=True)
TEMPLATES = st.lists(
    st.sampled_from(["%n", "%h", "%d", "%i", "%I", "%p", "%%", "%", "x", "n", "/", "-", "é", " "])
).map("".join)


def of_celery(template: str, nodename: str) -> str | None:
    """What Celery makes of it in the main process; None where it refuses."""
    try:
        return str(node_format(template, nodename))
    except ValueError:
        return None


def of_ours(template: str, nodename: str) -> str | None:
    try:
        return expand.path(template, nodename)
    except expand.UnknownFormatError:
        return None


@given(TEMPLATES, NAMES, HOSTS)
def test_paths_expand_as_the_worker_expands_them(template: str, name: str, host: str) -> None:
    nodename = f"{name}@{host}"
    assert of_ours(template, nodename) == of_celery(template, nodename)


@given(st.text(max_size=20), NAMES, HOSTS)
def test_any_text_expands_or_is_refused_as_by_the_worker(text: str, name: str, host: str) -> None:
    assume(text)
    nodename = f"{name}@{host}"
    assert of_ours(text, nodename) == of_celery(text, nodename)


@given(TEMPLATES, NAMES, HOSTS)
def test_a_logfile_format_still_means_the_same_to_the_worker(
    template: str, name: str, host: str
) -> None:
    nodename = f"{name}@{host}"
    wanted = of_celery(template, nodename)
    assume(wanted is not None)
    assert of_celery(expand.logfile_format(template, nodename), "other@elsewhere") == wanted


def test_a_logfile_format_keeps_the_number_of_the_pool_child() -> None:
    assert expand.logfile_format("%n%I-%i.log", "w1@host") == "w1%I-%i.log"


@given(st.text(max_size=20), NAMES)
def test_escaped_text_passes_through_the_worker_unchanged(text: str, name: str) -> None:
    assert (of_celery(expand.escape(text), f"{name}@host") or "") == text


@given(st.sampled_from(["w1@%h", "w1@%d", "w1", "w1@", "@%h", "a@b.c", "w%%1@%h%i%I"]))
def test_a_nodename_is_what_the_worker_makes_of_its_hostname(hostname: str) -> None:
    host = gethostname()
    assert expand.nodename(hostname, "any", host) == host_format(default_nodename(hostname))


def test_the_nodename_of_a_node_is_its_name_at_the_host() -> None:
    assert expand.nodename(None, "w1", gethostname()) == host_format(default_nodename("w1@%h"))


def test_in_a_hostname_n_is_the_nodes_own_name_as_in_celery_multi() -> None:
    assert expand.nodename("%n-eu@%h", "crunch2", "host.lan") == "crunch2-eu@host.lan"


@pytest.mark.parametrize("template", ["%z", "w1@%p", "%0"])
def test_what_celery_doesnt_know_in_a_hostname_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="Unknown format"):
        host_format(default_nodename(template))
    with pytest.raises(expand.UnknownFormatError):
        expand.nodename(template, "w1", "host")


def test_the_host_is_the_one_that_celery_sees() -> None:
    assert expand.gethostname() == gethostname()
