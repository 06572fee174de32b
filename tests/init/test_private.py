"""Secrets go to the env file whole, and come back from it as they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetctl.fleet.env import read_file
from fleetctl.init.draft import Draft
from fleetctl.init.private import env_file, split
from fleetctl.init.remarks import Remarks
from fleetctl.init.rendering import remark_text
from tests.init.comparing import proposed, said

PLAIN = st.characters(exclude_categories=["Cs", "Cc"])
VALUES = st.text(PLAIN | st.sampled_from("'\"\\\n $#= \t"), max_size=30)


def drafts(*environments: dict[str, str]) -> list[Draft]:
    return [
        Draft(name=f"w{n}", nodename=f"w{n}@h", workdir=Path("/"), env=env)
        for n, env in enumerate(environments, 1)
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUES, min_size=1, max_size=3))
def test_what_is_written_is_read_back_the_same(tmp_path: Path, values: list[str]) -> None:
    secrets = {f"TOKEN_{n}": value for n, value in enumerate(values)}
    kept = {
        name: value
        for name, value in secrets.items()
        if name in split(drafts(secrets), Remarks())[1]
    }
    path = tmp_path / "fleet.env"
    path.write_text(env_file(kept), encoding="utf-8")
    found = read_file(path)
    assert not found.problems
    assert dict(found.values) == kept


def test_a_secret_of_all_is_taken_out_and_what_is_plain_stays() -> None:
    env = {"DB_PASSWORD": "hush", "REGION": "eu"}
    cleaned, secrets = split(drafts(env, env), Remarks())
    assert secrets == {"DB_PASSWORD": "hush"}
    assert [draft.env for draft in cleaned] == [{"REGION": "eu"}] * 2


@pytest.mark.parametrize(
    "environments",
    [
        ({"DB_PASSWORD": "one"}, {"DB_PASSWORD": "two"}),
        ({"DB_PASSWORD": "one"}, {}),
        ({"DB_PASSWORD": "a${HOME}"},),
    ],
)
def test_a_secret_that_the_file_could_not_say_is_left_out_and_named(
    environments: tuple[dict[str, str], ...],
) -> None:
    remarks = Remarks()
    cleaned, secrets = split(drafts(*environments), remarks)
    assert not secrets
    assert all("DB_PASSWORD" not in draft.env for draft in cleaned)
    (remark,) = remarks.of([])
    assert "DB_PASSWORD" in remark.text
    assert remark.left_out


def test_a_broker_url_among_the_settings_is_a_secret_too(tmp_path: Path) -> None:
    proposal = proposed(["start", "w1", "--", "broker_url=redis://:hush@h"], tmp_path)
    assert proposal.secrets == {"CELERY_BROKER_URL": "redis://:hush@h"}
    assert "hush" not in proposal.text


def test_another_secret_among_the_settings_is_warned_of(tmp_path: Path) -> None:
    proposal = proposed(["start", "w1", "--", "security.key_password=hush"], tmp_path)
    assert "everyone sees it in `ps`" in said(proposal.remarks)
    assert "hush" not in " ".join(map(remark_text, proposal.remarks))


def test_of_a_guarded_environment_all_is_secret_but_what_is_known_to_be_plain() -> None:
    env = {"PATH": "/bin", "DJANGO_SETTINGS_MODULE": "a.b", "STRIPE_SK": "sk_1"}
    (draft,), secrets = split(drafts(env), Remarks(), guarded=True)
    assert secrets == {"STRIPE_SK": "sk_1"}
    assert set(draft.env) == {"PATH", "DJANGO_SETTINGS_MODULE"}
    assert split(drafts(env), Remarks())[1] == {}
