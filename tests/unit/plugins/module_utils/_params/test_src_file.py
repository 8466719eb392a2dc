# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option src: options in a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.src_file import (
    MAX_BYTES,
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
        (b"name: [", "is neither JSON nor YAML: line 1, column 8"),
        (b"- red", "is not a dictionary"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        (b"src: x", "has src, which only the task may set"),
        (b"name: other", "has name, which the task sets to another value"),
        (b"netns: []\nveth: []\nnetns: []", "has 'netns' twice in one dictionary"),
        (b"netns: [{name: red, name: blue}]", "has 'name' twice in one dictionary"),
        (b'{"netns": [{"name": "red", "name": "blue"}]}', "has 'name' twice in one dictionary"),
        (b"name: 2026-13-45", "is neither JSON nor YAML: a value does not have the form"),
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


@pytest.mark.parametrize(
    "content",
    [
        b"password: [s3cret",
        b"a: s3cret\nb: s3cret: x",
        b"s3cret: 1\ns3cret: 2",
        b"a: !!int s3cret",
        b"a: !s3cret x",
        b"a: *s3cret",
        b"s3cret\x00",
        b"s3cret\xff",
        b"s3cret",
        b'{"s3cret": s3cret',
    ],
)
def test_no_error_shows_the_content_of_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lab.yml"
    path.write_bytes(content)
    with pytest.raises(Refused) as caught:
        read_source({"src": str(path)})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("remote", [False, True])
@pytest.mark.parametrize("kind", ["fifo", "link", "zero", "null", "directory", "large"])
def test_only_regular_files_of_bounded_size_are_read(
    tmp_path: Path, kind: str, remote: bool
) -> None:
    path = tmp_path / kind
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        os.mkfifo(tmp_path / "target")
        path.symlink_to(tmp_path / "target")
    elif kind == "directory":
        path.mkdir()
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(MAX_BYTES + 1)
    else:
        path = Path("/dev") / kind
    rule = "is larger than" if kind == "large" else "is not a regular file"
    with pytest.raises(Refused, match=rf"^src: '.*': {rule}"):
        read_source({"src": str(path), "remote_src": remote})


def test_a_file_that_every_user_can_write_is_not_read_on_the_managed_host(tmp_path: Path) -> None:
    path = tmp_path / "lab.yml"
    path.write_text("name: lab")
    path.chmod(0o666)
    with pytest.raises(Refused, match="can be written by every user"):
        read_source({"src": str(path), "remote_src": True})
    path.chmod(0o644)
    assert read_source({"src": str(path), "remote_src": True})["name"] == "lab"


@pytest.mark.parametrize("path", ["/a\0b", "/\ud800"])
def test_an_invalid_path_is_refused(path: str) -> None:
    with pytest.raises(Refused, match=r"^src: .*: cannot be read"):
        read_source({"src": path})
