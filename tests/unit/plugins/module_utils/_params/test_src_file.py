# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option src: options in a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.src_file import (
    read_source,
    reporting_recursion,
)


@pytest.mark.parametrize(
    "text", ['{"name": "lab", "netns": [{"name": "red"}]}', "name: lab\nnetns:\n  - {name: red}\n"]
)
def test_json_and_yaml_are_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lab"
    path.write_text(text, encoding="utf-8")
    raw = {"src": str(path), "purge": True, "name": "lab"}
    assert read_source(raw) == {**raw, "netns": [{"name": "red"}]}


def test_without_a_file_nothing_is_read() -> None:
    assert read_source({"name": "lab"}) == {"name": "lab"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name: [", "is neither JSON nor YAML"),
        (b"- red", "is not a dictionary"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"src: x", "has src, which only the task may set"),
        (b"name: other", "has name, which the task sets to another value"),
        (b"netns: []\nveth: []\nnetns: []", "has 'netns' twice in one dictionary"),
        (b"netns: [{name: red, name: blue}]", "has 'name' twice in one dictionary"),
        (b'{"netns": [{"name": "red", "name": "blue"}]}', "has 'name' twice in one dictionary"),
        (b"name: 2026-13-45", "is neither JSON nor YAML: month"),
    ],
)
def test_an_invalid_file_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "lab.yml"
    path.write_bytes(content)
    with pytest.raises(Refused, match=rf"src: '.*lab\.yml': {message}"):
        read_source({"name": "lab", "src": str(path)})


def test_yaml_merge_keys_may_be_overridden(tmp_path: Path) -> None:
    path = tmp_path / "lab.yml"
    path.write_text(
        "netns: [&one {name: red, search: [a]}, {<<: *one, name: blue}]", encoding="utf-8"
    )
    assert read_source({"src": str(path)})["netns"] == [
        {"name": "red", "search": ["a"]},
        {"name": "blue", "search": ["a"]},
    ]


def test_a_file_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lab.yml"
    path.write_text("name: " + "[" * 5000 + "]" * 5000, encoding="utf-8")
    with (
        pytest.raises(Refused, match=r"^src: '.*lab\.yml': is nested too deeply, or in itself"),
        reporting_recursion({"src": str(path)}),
    ):
        read_source({"src": str(path)})
    with pytest.raises(RecursionError), reporting_recursion({}):
        raise RecursionError


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"src: '.*none\.json': cannot be read: No such file"):
        read_source({"src": str(tmp_path / "none.json")})


@pytest.mark.parametrize("path", ["/a\0b", "/\ud800"])
def test_an_invalid_path_is_refused(path: str) -> None:
    with pytest.raises(Refused, match=r"^src: .*: cannot be read"):
        read_source({"src": path})
