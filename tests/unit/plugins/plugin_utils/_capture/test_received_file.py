# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file that a host returned: only what is one is written, and only its user can read it."""

from __future__ import annotations

import base64
import stat
import zlib
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.plugin_utils._capture import received_file
from ansible_collections.redblue.netns.plugins.plugin_utils._capture.received_file import (
    unpack_file,
    write_file,
)


def pack(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode()


def test_a_file_comes_out_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.pcapng"
    for content in (b"first", b"second"):
        write_file(str(path), unpack_file(pack(content)))
        assert path.read_bytes() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["b.pcapng"]


@pytest.mark.parametrize(
    "packed", [None, 5, ["x"], "no base64!", base64.b64encode(b"x").decode(), pack(b"abc")[:-8]]
)
def test_anything_else_is_refused(packed: Any) -> None:
    with pytest.raises(ValueError, match="^the host returned "):
        unpack_file(packed)


def test_a_file_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(received_file, "MAX_BYTES", 1000)
    assert len(unpack_file(pack(bytes(999)))) == 999
    with pytest.raises(ValueError, match="incomplete or too long"):
        unpack_file(pack(bytes(100_000_000)))
