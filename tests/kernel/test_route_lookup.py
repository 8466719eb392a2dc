# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner finds the routes that the kernel finds: drawn rules, tables and packets."""

from __future__ import annotations

import ipaddress
import subprocess

from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.host_paths import Flow
from ansible_collections.redblue.netns.plugins.module_utils._model.scope import Scope
from ansible_collections.redblue.netns.plugins.module_utils._plan.route_lookup import look_up
from hypothesis import event, given, settings
from hypothesis import strategies as st

from support.private_host import private_host
from support.shell import ip

LINKS = ("u0", "u1", "u2")
TABLES = (100, 101, 254)
SOURCES = {4: ("10.0.0.1", "10.1.0.1", None), 6: ("fd00::1", "fd00:1::1", None)}
SETUP = "".join(
    f"link add {name} type veth peer name {name}p\nlink set {name}p up\nlink set {name} up\n"
    for name in LINKS
) + (
    "addr add 10.0.0.1/24 dev u0\naddr add fd00::1/64 dev u0 nodad\n"
    "addr add 10.1.0.1/24 dev u1\naddr add fd00:1::1/64 dev u1 nodad\n"
)

_DIGITS = st.sampled_from((0, 1, 2))
addresses = {
    4: st.tuples(_DIGITS, _DIGITS).map(lambda digits: "10.{}.{}.9".format(*digits)),
    6: st.tuples(_DIGITS, _DIGITS).map(lambda digits: "fd00:{}:0:{}::9".format(*digits)),
}
lengths = {
    4: st.sampled_from((0, 1, 8, 15, 16, 23, 24, 32)),
    6: st.sampled_from((0, 3, 16, 32, 48, 64, 128)),
}


@st.composite
def networks(draw: st.DrawFn, family: int) -> str:
    address, length = draw(addresses[family]), draw(lengths[family])
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


@st.composite
def routes(draw: st.DrawFn, family: int) -> str:
    """A route as ip(8) takes it."""
    kind = draw(st.sampled_from(("", "", "", "blackhole", "unreachable", "prohibit", "throw")))
    device = "" if kind else f"dev {draw(st.sampled_from(LINKS))}"
    metric, table = draw(st.sampled_from((10, 20))), draw(st.sampled_from(TABLES))
    return f"{kind} {draw(networks(family))} {device} metric {metric} table {table}"


@st.composite
def rules(draw: st.DrawFn, family: int) -> str:
    """A rule as ip(8) takes it."""
    words = [f"pref {draw(st.integers(1, 9))}"]
    for option, values in (
        ("not", st.just("")),
        ("from", networks(family)),
        ("to", networks(family)),
        ("iif", st.sampled_from(("lo", "u0"))),
        ("oif", st.just("u0")),
        ("fwmark", st.sampled_from(("1", "0/1", "16/0xf"))),
        ("uidrange", st.sampled_from(("0-0", "1-65535"))),
        ("ipproto", st.sampled_from(("tcp", "udp"))),
        ("sport", st.sampled_from(("22", "23-80"))),
        ("dport", st.sampled_from(("5000", "1-4999"))),
        ("tos", st.just("0x10")),
    ):
        if draw(st.integers(0, 7)) == 0:
            words.append(f"{option} {draw(values)}")
    action = draw(st.sampled_from(("lookup",) * 4 + ("goto", "blackhole", "prohibit", "nop")))
    if action == "lookup":
        words.append(f"lookup {draw(st.sampled_from(TABLES))}")
        if draw(st.integers(0, 3)) == 0:
            words.append(f"suppress_prefixlength {draw(st.sampled_from((0, 8, 24)))}")
    elif action == "goto":
        words.append("goto 32766")
    else:
        words.append(action)
    return " ".join(words)


@settings(max_examples=60)
@given(data=st.data(), family=st.sampled_from((4, 6)))
def test_the_planner_finds_the_route_of_the_kernel(
    own_process: None, data: st.DataObject, family: int
) -> None:
    drawn = data.draw(st.lists(routes(family), max_size=8, min_size=2))
    chosen = data.draw(st.lists(rules(family), max_size=5))
    flows = [
        Flow(destination, data.draw(st.sampled_from(SOURCES[family])), (22, 5000))
        for destination in data.draw(st.lists(addresses[family], min_size=3, max_size=6))
    ]
    with private_host():
        ip(SETUP)
        for line in (
            *(f"route add {text}" for text in drawn),
            *(f"rule add {text}" for text in chosen),
        ):
            # Some are there twice.
            subprocess.run(["ip", f"-{family}", *line.split()], capture_output=True, check=False)
        compare(flows)


def compare(flows: list[Flow]) -> None:
    """Compare the planner's lookup with the kernel's for each flow."""
    host = LinuxHost()
    try:
        current = host.observe(Scope(namespaces=frozenset({None})))
        assert isinstance(current, CurrentState)
        paths = host.observe_paths(current)
        for flow, path in zip(flows, host.ask_paths(flows)):
            route = look_up(paths, flow)
            event(f"{path.type} {path.table}")
            if path.type == "unicast":
                assert route is not None, (flow, path, paths)
                assert (route.type, route.device, route.table) == (
                    path.type,
                    path.device,
                    path.table,
                ), (flow, paths)
            else:
                assert route is None or route.type != "unicast", (flow, path, paths)
    finally:
        host.close()
