# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The container web of a real Podman."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from support.docker import SERVER, make_image
from support.private_host import IS_REAL_ROOT
from support.shell import output

_MISSING = [name for name in ("podman", "crun", "busybox") if shutil.which(name) is None]
NEEDS_PODMAN = [
    pytest.mark.skipif(not IS_REAL_ROOT, reason="the root of these containers is the real root"),
    pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}"),
]
STORAGE = """[storage]
driver = "vfs"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
"""
"""There can be no overlay on the one that a private host has there."""


def configure_podman() -> None:
    """Have Podman work in a private host, if it is installed: ``auto`` asks it, too."""
    storage = Path("/etc/containers/storage.conf")
    if storage.parent.is_dir():
        storage.write_text(STORAGE, encoding="utf-8")


def prepare_podman(archive: Path) -> None:
    """Make the image box, once for each command in a private host."""
    configure_podman()
    if not output("podman", "images", "-q", "box"):
        make_image(archive)
        output("podman", "import", str(archive), "box")


def start_container() -> int:
    """Start the container; return the ID of its process."""
    # The limits of a control group belong to this machine.
    options = ["--cgroups", "disabled", "--runtime", "crun", "--network", "none"]
    output("podman", "run", "-d", "--name", "web", *options, "box", *SERVER.split())
    return int(inspect_state()["Pid"])


def inspect_state() -> dict[str, Any]:
    """What Podman says about the container."""
    (described,) = json.loads(output("podman", "container", "inspect", "web"))
    return dict(described["State"])
