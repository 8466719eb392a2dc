# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plugins of CNI that do what a test says, and tasks that they may kill."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.cni import PLUGINS
from support.tasks import Raw

VERSIONS = '["0.4.0", "1.0.0", "1.1.0"]'


def write_plugin(directory: Path, script: str, name: str = "script") -> Raw:
    """Write a plugin of the specification 1.1.0 that passes its previous result on.

    :param script: commands of bash that come first, with the request in $request.
    :returns: options of tasks that find it.
    """
    path = directory / name
    path.write_text(
        f"""#!/usr/bin/env bash
set -eu
request=$(cat)
if [ "$CNI_COMMAND" = VERSION ]; then
    echo '{{"cniVersion": "1.1.0", "supportedVersions": {VERSIONS}}}'
    exit
fi
echo "$CNI_COMMAND $request" >>{directory}/calls
{script}
if [ "$CNI_COMMAND" = ADD ]; then
    python3 -c 'import json, sys
request = json.loads(sys.argv[1])
version = request["cniVersion"]
print(json.dumps(request.get("prevResult", {{"cniVersion": version}})))' "$request"
fi
""",
        encoding="utf-8",
    )
    path.chmod(0o755)
    return {"netns": "blue", "plugin_path": [str(directory), PLUGINS]}


def in_process(work: Callable[[], Any]) -> int:
    """Run a function in a process of its own, and return the status with which it ends."""
    pid = os.fork()
    if not pid:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1]
