# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The become plugin, and a shell plugin for it, as Ansible loads them."""

from __future__ import annotations

from typing import Any

from ansible.plugins.shell.sh import ShellModule
from ansible_collections.redblue.netns.plugins.become.netns import BecomeModule


def make_plugin(**options: Any) -> BecomeModule:
    """The become plugin with these options and the defaults of the others."""
    plugin = BecomeModule()
    plugin._options = {
        "netns": "red",
        "become_user": "root",
        "become_exe": "sudo",
        "become_flags": "-H -S -n",
        "become_pass": None,
        **options,
    }
    return plugin


def make_shell() -> ShellModule:
    shell = ShellModule()
    shell.executable = "/bin/sh"
    return shell
