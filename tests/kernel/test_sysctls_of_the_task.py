# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sysctl that a task asks for is the desired state.

What this collection sets by itself yields, and what a rule of the task needs is refused before
anything is touched.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused

from support.netns import in_netns
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import predicted_part, run, run_as_predicted

MASQUERADES = [
    {"netns": "r", "source": "10.0.0.0/24", "out_interface": "wan"},
    {"netns": "r", "source": "fd00::/64", "out_interface": "wan"},
]


def conf(family: int, name: str, setting: str) -> str:
    return f"net.ipv{family}.conf.{name}.{setting}"


def router(sysctls: dict[str, Any], families: str = "46", nat: str = "") -> dict[str, Any]:
    """A topology of a router between a LAN and the Internet.

    :param families: those of the LAN.
    :param nat: the families that are masqueraded.
    """
    lan = {
        "name": "eth0",
        "netns": "c",
        "addresses": [text for key, text in LAN[0].items() if key in families],
        "peer": {
            "name": "lan",
            "netns": "r",
            "addresses": [text for key, text in LAN[1].items() if key in families],
        },
    }
    wan = {
        "name": "eth0",
        "netns": "w",
        "addresses": ["203.0.113.9/24", "2001:db8::9/64"],
        "peer": {"name": "wan", "netns": "r", "addresses": ["203.0.113.1/24", "2001:db8::1/64"]},
    }
    return {
        "name": "lab",
        "netns": [{"name": "r", "sysctls": sysctls}, {"name": "c"}, {"name": "w"}],
        "veth": [lan, wan],
        "masquerade": [
            rule for rule in MASQUERADES if ("6" if ":" in rule["source"] else "4") in nat
        ],
    }


LAN = ({"4": "10.0.0.2/24", "6": "fd00::2/64"}, {"4": "10.0.0.1/24", "6": "fd00::1/64"})


def read(key: str, netns: str = "r") -> str:
    return sh(f"ip netns exec {netns} sysctl -n {key}").strip()


TASKS: dict[str, dict[str, Any]] = {
    "plain": router({}),
    "with NAT": router({}, nat="46"),
    "IPv4 forwarding off, NAT": router({"net.ipv4.ip_forward": 0}, nat="4"),
    "IPv4 forwarding by one link": router(
        {conf(4, "wan", "forwarding"): 1, "net.ipv4.ip_forward": 0}
    ),
    "a router that accepts redirects": router(
        {conf(4, "all", "accept_redirects"): 1, "net.ipv4.ip_forward": 1}
    ),
    "a default of links, and one without it": router(
        {conf(4, "wan", "rp_filter"): 0, conf(4, "default", "rp_filter"): 1}
    ),
    "IPv6 forwarding, but not by one link": router(
        {
            conf(6, "wan", "forwarding"): 0,
            conf(6, "default", "forwarding"): 0,
            conf(6, "all", "forwarding"): 1,
        },
        nat="6",
    ),
    "IPv6 forwarding off": router({conf(6, "all", "forwarding"): 0}),
    "router advertisements beside NAT": router({conf(6, "wan", "accept_ra"): 1}, nat="6"),
    "router advertisements by all": router({conf(6, "default", "accept_ra"): 2}),
    "no link-local address": router(
        {conf(6, "wan", "addr_gen_mode"): 1, conf(6, "all", "addr_gen_mode"): 0}
    ),
    "no link-local addresses": router({conf(6, "all", "addr_gen_mode"): 1}, "4"),
    "a stable link-local address": router(
        {conf(6, "lan", "stable_secret"): "2001:0db8:0000:0000:0000:0000:0000:0001"}, "4"
    ),
    "IPv6 by one link only": router(
        {conf(6, "all", "disable_ipv6"): 1, conf(6, "wan", "disable_ipv6"): 0}, "4"
    ),
    "no IPv6 on a link": router({conf(6, "lan", "disable_ipv6"): 1}, "4", nat="4"),
}


@pytest.mark.parametrize("name", TASKS)
def test_a_task_reaches_its_sysctls_from_any_other(host: None, name: str) -> None:
    wanted = TASKS[name]
    for other in [task for key, task in TASKS.items() if key != name]:
        # A sysctl stays when it is not listed any more, and IPv6 addresses are refused then.
        if "disable" in str(other):
            continue
        run("topology", **other, purge=True)
        checked = run("topology", check=True, **wanted, purge=True)
        assert predicted_part(checked) == predicted_part(run("topology", **wanted, purge=True))
        assert not run("topology", **wanted, purge=True)["changed"]
        for key, value in wanted["netns"][0]["sysctls"].items():
            assert read(key) == str(value)
        sh("ip netns exec c ping -c1 -w30 10.0.0.1")
        run("topology", name="lab", state="absent")


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (
            router({conf(6, "all", "forwarding"): 0}, nat="6"),
            r"sysctls\.net\.ipv6\.conf\.all\.forwarding: '0': .* need it in namespace r; leave",
        ),
        (
            router({conf(4, "lan", "forwarding"): 0}, nat="4"),
            r"sysctls\.net\.ipv4\.conf\.lan\.forwarding: '0': .* need it in namespace r",
        ),
        (
            router({conf(4, "wan", "src_valid_mark"): 0}, nat="4"),
            r"sysctls\.net\.ipv4\.conf\.wan\.src_valid_mark: '0': .* need it in namespace r",
        ),
        (router({conf(6, "lan", "disable_ipv6"): 1}), "lan in namespace r has no IPv6"),
        (router({conf(6, "all", "disable_ipv6"): 1}, "4"), "wan in namespace r has no IPv6"),
        (
            router({"net.ipv4.ip_forward": 1, conf(4, "all", "forwarding"): 0}),
            r"is the same parameter as net\.ipv4\.",
        ),
        (
            router(
                {
                    "net.ipv4.neigh.lan.base_reachable_time": 30,
                    "net.ipv4.neigh.lan.base_reachable_time_ms": 10000,
                }
            ),
            "same parameter as net.ipv4.neigh.lan.base_reachable_time_ms; set one of them",
        ),
        (router({"net.ipv4.ip_forward": "yes"}), "does not take this value: Invalid argument"),
        (router({conf(6, "wan", "addr_gen_mode"): 9}), "does not take this value: Invalid arg"),
        (router({conf(4, "wan", "rp_filters"): 1}), "in namespace r there is no such parameter"),
        (router({"net.core.rmem_max": 5000001}), "the kernel has it for the whole host, so set"),
        (router({"net.ipv4.tcp_mem": "1 2 3"}), "there is no such parameter; it may be one of"),
    ],
)
def test_what_cannot_be_is_refused_in_check_mode_too(
    host: None, task: dict[str, Any], message: str
) -> None:
    for exists in (False, True):
        if exists:
            run("topology", **router({}))
        before = take_snapshot()
        for check in (True, False):
            with pytest.raises(Refused, match=message):
                run("topology", check=check, **task)
        assert differences(before, take_snapshot()) == {}


def test_a_link_cannot_be_told_the_opposite_of_its_sysctl(host: None) -> None:
    task = router({conf(6, "lan", "addr_gen_mode"): 1})
    task["veth"][0]["peer"]["link_local"] = True
    for check in (True, False):
        with pytest.raises(
            Refused, match="link_local of interface lan in namespace r is true; set one of"
        ):
            run("topology", check=check, **task)


def test_a_link_too_small_for_ipv6_has_no_sysctl_of_it(host: None) -> None:
    task = router({conf(6, "lan", "accept_ra"): 1}, "4")
    task["veth"][0]["mtu"] = task["veth"][0]["peer"]["mtu"] = 1000
    for check in (True, False):
        with pytest.raises(Refused, match="lan in namespace r has no IPv6: that needs an MTU of"):
            run("topology", check=check, **task)


@pytest.mark.parametrize("name", ["eth0", "default"])
def test_a_link_that_learns_its_addresses_has_one_to_ask_from(host: None, name: str) -> None:
    task = router({}, "4")
    task["netns"][1]["sysctls"] = {conf(6, name, "accept_ra"): 1}
    run_as_predicted("topology", **task)
    with in_netns("c"):
        assert "fe80::" in sh("ip -6 addr show dev eth0 scope link")


def test_a_rollback_restores_what_was_set_along(host: None) -> None:
    run("topology", **router({conf(6, "wan", "forwarding"): 1, conf(4, "lan", "forwarding"): 1}))
    before = take_snapshot()
    changed = router({conf(6, "all", "forwarding"): 1, "net.ipv4.ip_forward": 1})
    with pytest.raises(Failed, match="undone: "):
        run("topology", **changed, probes=[{"netns": "c", "to": "192.0.2.1"}])
    assert differences(before, take_snapshot()) == {}
    assert (read(conf(6, "wan", "forwarding")), read(conf(6, "lan", "forwarding"))) == ("1", "0")


def test_all_orders_of_coupled_sysctls_are_one_desired_state(host: None) -> None:
    sysctls = {
        "net.ipv4.ip_forward": 1,
        conf(4, "all", "accept_redirects"): 1,
        conf(4, "default", "forwarding"): 0,
        conf(4, "lan", "forwarding"): 0,
    }
    for keys in permutations(sysctls):
        run("topology", **router({key: sysctls[key] for key in keys}))
        assert {key: read(key) for key in sysctls} == {k: str(v) for k, v in sysctls.items()}
        run("topology", name="lab", state="absent")
