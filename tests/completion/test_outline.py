"""The outline is what YAML says, of every file that YAML can read; and something of the others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fleetctl.completion.members import Members
from fleetctl.completion.outline import parse, read
from fleetctl.fleet import check
from tests.fleet.case import Case
from tests.fleet.cases import CASES
from tests.fleet.generating import EXAMPLE

_WORDS = st.text("abcxyz019_.-: #,[]{}'\"&*!|>%@`\\\n\tü", max_size=8)
_VALUES = st.recursive(
    _WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3)
)


def by_yaml(text: str) -> Any:
    return yaml.load(text, yaml.BaseLoader)


@given(st.dictionaries(_WORDS, _VALUES, max_size=4), st.sampled_from([True, False, None]))
def test_it_reads_what_yaml_writes(data: dict[str, Any], flow: bool | None) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True, sort_keys=False)

    assert parse(text) == by_yaml(text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_nodes_of_a_valid_file_are_those_that_the_loader_makes(
    case: Case, tmp_path: Path
) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(case.text, encoding="utf-8")
    fleet, _ = check(path)
    members = Members(read(str(path)))

    if fleet is None:
        assert isinstance(members.nodes(), dict)
        return
    assert list(members.nodes()) == [node.name for node in fleet.nodes]
    assert members.nodes() == {node.name: node.worker for node in fleet.nodes}
    assert list(members.groups) == list(fleet.groups)
    assert set(members.queues()) == {queue for node in fleet.nodes for queue in node.queues}


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE,
        "a: 1 # comment\nb: 'x # y'\nc: \"# z\"\n",
        "list:\n- one\n- two # second\nother:\n    - three\n",
        "'quoted key': {a: [b, 'c d'], e: {}}\n",
        "---\na: b\n",
        "a: {b: c} # comment\n",
        "a: [b, c,]\n",
        "empty:\nnext: value\n",
        "url: redis://host:6379/0\n",
        "text: it's\n",
    ],
)
def test_it_reads_plain_files_without_the_real_parser(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleetctl.completion.outline._parsed", lambda _: None)

    assert parse(text) == by_yaml(text)


@pytest.mark.parametrize(
    "text",
    [
        "workers:\n  a:\n  b: {pool: gev\n  c:\n",
        "workers:\n  a: [\n  b:\n  c: 'x\n",
        "workers:\n  a:\n\tb: x\n  b:\n  c:\n",
        "workers:\n  a: 1\n   b: 2\n  b: |\n  c: *nowhere\n",
        "workers: &w\n  a:\n  b:\n  c:\nothers: *nowhere\n",
    ],
)
def test_of_a_broken_file_the_names_are_known(text: str) -> None:
    assert {"a", "c"} <= parse(text)["workers"].keys()
    with pytest.raises(yaml.YAMLError):
        by_yaml(text)


@given(st.text("ab:{}[],'\"#&*-| \n\t", max_size=60))
def test_nothing_raises(text: str) -> None:
    assert isinstance(parse(text), dict)
    assert isinstance(Members(parse(text)).nodes(), dict)


def test_what_is_not_there_or_no_text_is_empty(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    os.mkfifo(tmp_path / "fifo")

    assert read(str(tmp_path / "missing")) == {}
    assert read(str(tmp_path)) == {}
    assert read(str(tmp_path / "fifo")) == {}
    assert "workers" not in read(str(tmp_path / "binary"))
