# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_probe_info: errors, results, check mode, and no trace of a run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.monitors import MONITORED_OBJECTS, no_notifications
from support.netns import in_netns
from support.probes import BLUE, Raw, probe
from support.snapshot import differences, take_snapshot

MODULE = "netns_probe_info"


def test_probes_change_nothing(lab: None, tmp_path: Path) -> None:
    assert all(result.ok for result in probe(matrix={"lab": "lab", "with_host": True}))
    before = take_snapshot()
    with no_notifications(tmp_path, MONITORED_OBJECTS):
        options: Raw = {"netns": "red", "to": "blue", "timeout": 0.3}
        for family in ("ipv4", "ipv6"):
            for more in (
                {"path_mtu": True},
                {"port": 81},
                {"port": 0, "listen": True},
                {"protocol": "udp", "port": 0, "listen": True},
                {"protocol": "http"},
                {"protocol": "dns", "query": "a.b"},
            ):
                probe({**options, "family": family, **more})
        probe(
            {"netns": "red", "to": "192.168.15.77", "timeout": 0.3},
            {"to": "10.200.0.1"},
            {"to": "192.168.15.1", "port": 1},
        )
    assert differences(before, take_snapshot()) == {}


def test_probes_leave_no_descriptor_and_no_thread(lab: None) -> None:
    options: list[Raw] = [
        {"netns": "red", "to": "blue", **more}
        for more in ({}, {"port": 0, "listen": True}, {"protocol": "http"}, {"path_mtu": True})
    ]
    probe(*options)
    before, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for _time in range(20):
        probe(*options)
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == (before, threads)


@pytest.mark.parametrize("handle", range(0, 24, 3))
def test_a_lack_of_file_descriptors_is_an_error(lab: None, handle: int) -> None:
    """It fails or succeeds: a missing descriptor is not reported as an unreachable target.
    Its listeners are closed.
    """
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}\nfrom support.probes import *\n"
        f"import resource, os\n"
    )
    program += (
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir('/proc/self/fd')) + "
        f"{handle},) * 2)\n"
    )
    program += (
        "print([one.reply.reason for one in probe(*[{'netns': 'red', 'to': 'blue', 'port': "
        "8080, 'listen': True}] * 3)])"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program], capture_output=True, text=True, check=False
    )
    assert (
        "['ok', 'ok', 'ok']" in done.stdout
        or "Failed: " in done.stderr
        or "Too many open files" in done.stderr
    ), done.stdout + done.stderr
    with in_netns("blue"), socket.socket() as own:
        own.bind((BLUE, 8080))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"netns": "green", "to": "blue"},
            r"^probes\[1\]\.netns: 'green': there is no such namespace",
        ),
        ({"to": "green"}, r"^probes\[1\]\.to: 'green': there is no such namespace"),
        (
            {"netns": "/run/netns/green", "to": "blue"},
            r"^probes\[1\]\.netns: '/run/netns/green': is not a network namespace",
        ),
        (
            {"netns": "/etc/passwd", "to": "blue"},
            r"^probes\[1\]\.netns: '/etc/passwd': is not a network namespace",
        ),
        (
            {"to": "192.168.15.5", "port": 80, "listen_at": {"netns": "green"}},
            r"^probes\[1\]\.listen_at\.netns: 'green': there is no such namespace",
        ),
    ],
)
def test_a_missing_namespace_is_named(lab: None, options: Raw, message: str) -> None:
    with pytest.raises(Refused, match=message):
        probe({"netns": "red", "to": "blue"}, options)


def test_a_matrix_of_a_missing_topology_is_refused(lab: None) -> None:
    with pytest.raises(Refused, match=r"^matrix\.netns: 'green': there is no such namespace"):
        probe(matrix={"netns": ["red", "green"]})
    with pytest.raises(
        Refused,
        match=(
            r"^matrix\.lab: 'farm': no namespace belongs to this topology "
            r"\(topologies found: lab\)"
        ),
    ):
        probe(matrix={"lab": "farm"})


def play(given: Raw, *before: str) -> Any:
    """Return the result of the module as Ansible runs it."""
    package = "ansible_collections.redblue.netns.plugins.modules"
    program = f"from {package} import netns_probe_info as m; m.main()"
    options = json.dumps({"ANSIBLE_MODULE_ARGS": given})
    done = subprocess.run(
        [*before, sys.executable, "-c", program],
        input=options,
        capture_output=True,
        text=True,
        check=False,
        cwd="/run/tree",
    )
    return json.loads(done.stdout)


def test_missing_privileges_are_reported(lab: None) -> None:
    for drop in ("-net_raw", "-sys_admin"):
        task_result = play(
            {"probes": [{"netns": "red", "to": "blue"}]}, "setpriv", "--bounding-set", drop
        )
        assert (
            task_result["failed"]
            and task_result["msg"]
            == "needs CAP_NET_RAW and CAP_SYS_ADMIN to probe (run with become)"
        )


def test_a_failed_task_returns_all_results(lab: None) -> None:
    options = [{"netns": "red", "to": "blue"}, {"netns": "red", "to": "blue", "port": 81}]
    task_result = play({"probes": options})
    assert task_result["failed"] and task_result["msg"] == (
        "2 probes, 1 not as expected: red to blue:81 is expected to be reachable: "
        "refused: no program listens on the port"
    )
    assert task_result["failed_probes"] == [task_result["msg"].partition(": ")[2]] and [
        result["ok"] for result in task_result["results"]
    ] == [True, False]
    task_result = play({"probes": options, "fail_on_unexpected": False})
    assert (
        not task_result.get("failed")
        and not task_result["ok"]
        and not task_result["changed"]
        and "blue:81" in task_result["matrix"]
        and "<-- WRONG" in task_result["report"]
    )


def test_check_mode_probes_and_assumes_what_an_earlier_task_would_add(
    lab: None,
) -> None:
    task_result = play(
        {
            "_ansible_check_mode": True,
            "probes": [{"netns": "red", "to": "blue"}, {"netns": "green", "to": "blue"}],
            "matrix": {"lab": "farm"},
        }
    )
    assert (
        not task_result.get("failed")
        and not task_result["changed"]
        and task_result["ok"]
        and task_result["summary"] == "2 probes, all as expected, 1 not run"
    )
    assert [result["reason"] for result in task_result["results"]] == [
        "ok",
        "not_there",
    ] and task_result["results"][1]["message"] == "not_there: namespace green does not exist yet"
