# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs at the same time, and the mount of /run/netns that they share."""

from __future__ import annotations

import json
import os
import re

from support.faults import (
    outcome,
    outcomes_of_processes,
    strace_injecting,
)
from support.shell import sh
from support.snapshot import count_mounts
from support.tasks import LAB


def test_concurrent_runs_keep_the_rules_of_each_other(host: None) -> None:
    text = re.sub(
        r"red|blue|v-net-|(?<=\.)15(?=\.)|(?<=fd00:)15|lab",
        lambda word: word[0].strip("015") + "@",
        json.dumps(LAB),
    ).replace('": 81', '": "81"')
    labs = [
        json.loads(text.replace("@", str(number)).replace('_port": "', f'_port": "{number}'))
        for number in range(16, 20)
    ]
    assert outcomes_of_processes("topology", labs) == ["changed"] * 4
    rules = sh("nft list table inet redblue_netns")
    assert all(
        f"192.168.{number}.2" in rules and f"fd00:{number}::2" in rules for number in range(16, 20)
    )
    assert [outcome("topology", **lab) for lab in labs] == ["nothing to do"] * 4


def test_the_first_namespaces_of_a_host_share_one_mount(host: None) -> None:
    sh("umount /run/netns")
    before = count_mounts("/run/netns")
    names = [f"n{number}" for number in range(8)]
    try:
        assert outcomes_of_processes("netns", [{"name": name} for name in names]) == ["changed"] * 8
        assert (
            count_mounts("/run/netns") == before + 1 and sorted(os.listdir("/run/netns")) == names
        )
        assert [outcome("netns", name=name) for name in names] == ["nothing to do"] * 8
    finally:
        sh("ip -all netns delete")


def test_a_failed_run_leaves_no_mount(host: None) -> None:
    sh("umount /run/netns")
    before = sh("cut -d' ' -f5- /proc/self/mountinfo")
    try:
        two = {"name": "lab", "netns": [{"name": "red"}, {"name": "blue"}]}
        failing = strace_injecting("mount:error=ENOMEM:when=6")  # that of the second namespace
        (done,) = outcomes_of_processes("topology", [two], *failing)
        assert done.startswith("Failed: ") and "undone: create namespace" in done
        assert (
            sh("cut -d' ' -f5- /proc/self/mountinfo") == before and os.listdir("/run/netns") == []
        )
    finally:
        sh("mount -t tmpfs -o mode=755 tmpfs /run/netns")  # the mount that every test has
