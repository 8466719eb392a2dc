# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback plugin: all commands of Ansible in a private host share the archives of modules.

Ansible makes one of each module and of all files that it imports, which takes it a second. It keeps
them, but only until the command ends. A private host may start hundreds of commands.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from ansible import constants
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: shared_archives
type: aggregate
short_description: Archives of modules, kept until the private host ends
description: Tests take half of the time.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "shared_archives"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # Each user has a directory of its own, for Ansible also writes into it.
        shared = f"/run/tmp/archives-{os.getuid()}"
        with suppress(OSError):  # Without the directory each command makes its own archives.
            os.makedirs(shared, 0o700, exist_ok=True)
            os.symlink(shared, os.path.join(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache"))
