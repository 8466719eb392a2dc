# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Name servers of topologies that cannot be, and what the doctor and the picture say of others."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.filter.picture import picture
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused

from support.doctor import diagnose_host
from support.info import gather_info
from support.lab_processes import wait_until
from support.name_servers import NEEDS_DNSMASQ, RED, lab, look_up, serving
from support.shell import sh
from support.tasks import LAB, run

pytestmark = NEEDS_DNSMASQ
SERVERS = ("192.168.15.5", "fd00:15::5")


def test_a_host_without_dnsmasq_is_told_its_package(host: None) -> None:
    with pytest.raises(Refused, match="dnsmasq is missing; install the package .*prerequisites"):
        sh("mount --bind /dev/null /usr/sbin/dnsmasq")
        try:
            run("topology", check=True, **lab())
        finally:
            sh("umount /usr/sbin/dnsmasq")
    assert not RED.exists()


def test_a_port_that_is_in_use_is_named(host: None) -> None:
    rule = "another program listens on .* port 53 of 0.0.0.0"
    with serving("0.0.0.0", netns=None), pytest.raises(Conflict, match=rule):
        run("topology", **lab())
    assert not RED.exists()


INVALID: list[tuple[Any, str]] = [
    ("perhaps", "dns: .* is neither a boolean nor a dictionary"),
    (7, "dns: 7: is a number"),
    ({"upstream": ["resolver.example.org"]}, r"dns.upstream\[0\]: .*names are not resolved"),
    ({"upstreams": []}, "unsupported option 'dns.upstreams'; did you mean 'upstream'"),
    ({"domain": "-x"}, "dns.domain: '-x': is not a host name"),
    ({"domains": {"a/b": ["192.0.2.1"]}}, "dns.domains.a/b: .*is not a host name"),
    ({"domains": {"a.org": []}}, r"dns.domains.a.org: \[\]: is not a list of addresses"),
    ({"records": {"a.org": ["x"]}}, r"dns.records.a.org\[0\]: 'x'"),
    ({"records": {"RED": ["192.0.2.9"]}}, "dns.records.red: .* is the name of namespace red"),
    (
        {"domain": "lab.example.com", "records": {"blue.lab.Example.com": "192.0.2.9"}},
        "is the name of namespace blue, which has its own addresses",
    ),
]


@pytest.mark.parametrize(("dns", "rule"), INVALID)
def test_what_cannot_be_is_refused(host: None, dns: Any, rule: str) -> None:
    with pytest.raises(Refused, match=rule):
        run("topology", **lab(dns))


def test_a_topology_without_a_bridge_has_no_place_for_a_server(host: None) -> None:
    with pytest.raises(Refused, match="dns: True: needs a bridge with addresses"):
        run("topology", name="lab", netns=[{"name": "red"}], dns=True)


def test_the_doctor_names_a_server_that_does_not_answer(host: None) -> None:
    run("topology", **lab())
    checks = {finding.check for finding in diagnose_host(lab())}
    assert not checks & {"process_missing", "name_server_silent", "resolver_elsewhere"}
    sh("ip address del 192.168.15.5/24 dev v-net-0")
    wait_until(lambda: "192.168.15.5:53" not in sh("ss -Hlnu"))
    found = [finding for finding in diagnose_host() if finding.check == "name_server_silent"]
    assert "does not listen on port 53 of 192.168.15.5" in found[0].message
    seen = gather_info()
    (state,) = seen["topology_processes"]
    assert (state["asked_at"], state["listens_at"]) == ([*SERVERS], ["fd00:15::5"])
    fault = "process dns:v-net-0 does not listen on 192.168.15.5"
    assert fault in picture(seen, format="markdown")
    run("topology", **lab())
    wait_until(lambda: "192.168.15.2" in look_up("red", "blue"))
    find_silent_again(None)


def find_silent_again(netns: str | None) -> None:
    """Assert that a server which hangs is found until it goes on."""
    around = "" if netns is None else f"ip netns exec {netns} "
    (pid,) = sh(f"{around}ss -Hlnup 'sport = :53' | grep -o 'pid=[0-9]*' | sort -u").split()
    os.kill(int(pid[len("pid=") :]), signal.SIGSTOP)
    found = [each for each in diagnose_host() if each.check == "name_server_silent"]
    assert len(found) == 1 and "does not answer at port 53 of" in found[0].message
    os.kill(int(pid[len("pid=") :]), signal.SIGCONT)
    assert "name_server_silent" not in {finding.check for finding in diagnose_host()}


def test_the_doctor_asks_a_server_in_a_namespace(host: None) -> None:
    switch = {"name": "switch"}
    bridge = {**LAB["linux_bridge"][0], "netns": "switch"}
    run("topology", name="lab", netns=[switch], linux_bridge=[bridge], dns=True)
    assert "name_server_silent" not in {finding.check for finding in diagnose_host()}
    find_silent_again("switch")


def test_the_doctor_names_a_member_that_asks_elsewhere(host: None) -> None:
    run("topology", **lab())
    RED.write_text("nameserver 192.0.2.66\n", encoding="utf-8")
    found = {f.subject: f for f in diagnose_host() if f.check == "resolver_elsewhere"}
    assert list(found) == ["red"] and "asks 192.0.2.66" in found["red"].message


def test_the_picture_has_the_server(host: None) -> None:
    run("topology", **lab())
    assert "DNS server on v-net-0" in picture(gather_info(), format="text")
