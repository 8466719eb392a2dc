# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plugin for pytest, in a project of its own that knows nothing of Ansible."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.shell import output, sh
from support.snapshot import differences, take_snapshot

EXTENSION = "/run/tree/ansible_collections/redblue/netns/extensions/pytest"
TOPOLOGY = """
name: routed
netns:
  - {name: client}
  - {name: router, sysctls: {net.ipv4.ip_forward: 1, net.ipv6.conf.all.forwarding: 1}}
  - {name: server}
veth:
  - name: eth0
    netns: client
    addresses: [10.1.0.2/24, fd01::2/64]
    peer: {name: to-client, netns: router, addresses: [10.1.0.1/24, fd01::1/64]}
  - name: eth0
    netns: server
    addresses: [10.2.0.2/24, fd02::2/64]
    peer: {name: to-server, netns: router, addresses: [10.2.0.1/24, fd02::1/64]}
netns_route:
  - {netns: client, destination: default, gateway: 10.1.0.1}
  - {netns: client, destination: "fd02::/64", gateway: "fd01::1"}
  - {netns: server, destination: default, gateway: 10.2.0.1}
  - {netns: server, destination: "fd01::/64", gateway: "fd02::1"}
"""
TESTS = """
import socket
import pytest

def test_a_file(lab):
    assert lab.up("net/topology.yml")["changed"]
    lab.check({"netns": "client", "to": "server"},
              {"netns": "client", "to": "server", "family": "ipv6"},
              {"netns": "client", "to": "10.2.0.2", "port": 81, "expect": "unreachable"})
    assert "via 10.1.0.1" in lab.run("client", "ip", "route", "get", "10.2.0.2").stdout
    (result,) = lab.probe({"netns": "client", "to": "server", "port": 81})
    assert result["reason"] == "refused"

def test_sockets_of_the_test_itself(lab):
    lab.up("net/topology.yml")
    with lab.inside("server"):
        server = socket.create_server(("10.2.0.2", 80))
    with lab.inside("client"):
        client = socket.create_connection(("10.2.0.2", 80), timeout=60)
    with server, client:
        assert server.accept()[1][0] == "10.1.0.2"

def test_a_dictionary_and_a_change(lab):
    assert lab.run("client", "true").returncode != 0
    lab.up({"netns": [{"name": "red"}]})
    lab.up({"netns": [{"name": "red"}, {"name": "blue"}]})
    lab.up({"name": "other", "netns": [{"name": "green"}]})
    assert lab.run("green", "ip", "link").returncode == 0
    lab.down()
    assert lab.run("green", "true").returncode != 0
    assert not lab.up({"netns": []})["changed"]

@pytest.mark.parametrize("number", range(5))
def test_many(lab, number):
    lab.up("net/topology.yml")
    lab.check({"netns": "server", "to": "client"})
"""
FAILURES = """
def test_unreachable(lab):
    lab.up("net/topology.yml")
    lab.check({"netns": "client", "to": "server", "port": 81})

def test_wrong_options(lab):
    lab.up({"netns": [{"name": "a b"}], "veth": [{"nam": "x"}]})

def test_persistent(lab):
    lab.up("net/topology.yml", persist=True)

def test_missing_file(lab):
    lab.up("other.yml")

def test_error(lab):
    lab.up("net/topology.yml")
    raise RuntimeError("of the project")

def test_unreachable_while_built(lab):
    lab.up("net/topology.yml", probes=[{"netns": "client", "to": "203.0.113.9"}])
"""


def run_project(at: Path, tests: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a project, with pytest and nothing else of this one."""
    (at / "net").mkdir()
    (at / "net" / "topology.yml").write_text(TOPOLOGY, encoding="utf-8")
    (at / "test_network.py").write_text(tests, encoding="utf-8")
    (at / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (at / "ansible.py").write_text("raise ImportError('no Ansible here')\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{at}:{EXTENSION}"}
    words = ["-p", "redblue_netns_pytest", "-p", "no:cacheprovider", "-q", "test_network.py"]
    return subprocess.run(
        [sys.executable, "-B", "-m", "pytest", *words],
        cwd=at,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_project_tests_networks(host: None, tmp_path: Path) -> None:
    sh("ip netns add mine")
    before = take_snapshot()
    done = run_project(tmp_path, TESTS)
    assert done.returncode == 0 and "8 passed" in done.stdout, done.stdout + done.stderr
    assert differences(before, take_snapshot()) == {}


def test_failures_are_short_and_nothing_is_left(host: None, tmp_path: Path) -> None:
    before = take_snapshot()
    text = run_project(tmp_path, FAILURES).stdout
    assert "6 failed" in text, text
    for message in (
        "client to server:81 is expected to be reachable: refused: no program listens on the port",
        "netns[0].name: 'a b': the name of a network namespace has only letters",
        "persist: True: is only for tasks of Ansible; this topology ends with the program",
        "other.yml': cannot be read: No such file or directory",
        "RuntimeError: of the project",
        "client to 203.0.113.9 is expected to be reachable",
    ):
        assert message in text, text
    assert "converge.py" not in text and "another exception" not in text
    assert differences(before, take_snapshot()) == {}
    assert output("ip", "netns") == ""
