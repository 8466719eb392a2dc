# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes of each protocol and family with real packets: what is reached, and the reasons for
what is not.
"""

from __future__ import annotations

import socket
from typing import Any

import pytest

from support.netns import in_netns
from support.probes import FAR, ROUTER, Raw, add_nft_rule, probe, reasons, service
from support.shell import sh

RED, BLUE, HOST, NOBODY = "192.168.15.1", "192.168.15.2", "192.168.15.5", "192.168.15.77"
RED6, BLUE6, HOST6, NOBODY6 = "fd00:15::1", "fd00:15::2", "fd00:15::5", "fd00:15::77"
FAMILIES = {"ipv4": (BLUE, NOBODY), "ipv6": (BLUE6, NOBODY6)}
KINDS: dict[str, Raw] = {
    "icmp": {},
    "tcp": {"port": 80},
    "udp": {"protocol": "udp", "port": 80},
    "http": {"protocol": "http"},
    "dns": {"protocol": "dns", "query": "example.org"},
}


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def neighbours(lab: None) -> None:
    """Red and blue have resolved each other, so that a short timeout is not spent on it."""
    assert reasons(
        *({"netns": "red", "to": "blue", "family": family, "timeout": 5} for family in FAMILIES)
    ) == ["ok", "ok"]


@pytest.mark.parametrize("kind", ["icmp", "tcp", "udp", "http"])
def test_an_existing_host_is_reached(lab: None, family: str, kind: str) -> None:
    listens = {} if kind == "icmp" else {"listen": True}
    (one,) = probe(
        {"netns": "red", "to": "blue", "family": family, "count": 3, **KINDS[kind], **listens}
    )
    assert (one.ok, one.reply.reason, one.address, one.received, one.loss) == (
        True,
        "ok",
        FAMILIES[family][0],
        3,
        0.0,
    )
    assert len(one.latencies) == 3 and all(0 < latency < 1 for latency in one.latencies)


@pytest.mark.parametrize("kind", ["tcp", "udp", "http", "dns"])
def test_a_closed_port_is_refused(lab: None, family: str, kind: str) -> None:
    assert reasons({"netns": "red", "to": "blue", "family": family, **KINDS[kind]}) == ["refused"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_unused_address_has_no_neighbour(lab: None, family: str, kind: str) -> None:
    nobody = FAMILIES[family][1]
    (one,) = probe({"netns": "red", "to": nobody, "timeout": 0.5, **KINDS[kind]})
    assert one.reply.reason == "no_neighbour" and not one.reached
    assert one.reply.words == (
        f"{nobody} does not answer "
        f"{'ARP' if family == 'ipv4' else 'neighbour discovery'} on veth-red"
    )


def test_the_kernel_reports_an_unreachable_host(lab: None, family: str) -> None:
    """After three seconds the kernel itself reports it, with the error of a router."""
    nobody = FAMILIES[family][1]
    assert (
        reasons(*({"netns": "red", "to": nobody, "timeout": 6, **KINDS[kind]} for kind in KINDS))
        == ["no_neighbour"] * 5
    )


def test_a_gateway_that_does_not_answer_is_named(lab: None) -> None:
    sh(f"ip -n red route add 10.9.0.0/16 via {NOBODY}; ip -n red route add fd09::/16 via {NOBODY6}")
    four, six = probe({"netns": "red", "to": "10.9.0.1"}, {"netns": "red", "to": "fd09::1"})
    assert four.reply.words == f"the gateway {NOBODY} does not answer ARP on veth-red"
    assert (
        six.reply.words == f"the gateway {NOBODY6} does not answer neighbour discovery on veth-red"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_route_of_the_sender(lab: None, kind: str) -> None:
    four, six = probe({"to": "10.200.0.1", **KINDS[kind]}, {"to": "2001:db8::1", **KINDS[kind]})
    assert [(one.reply.reason, one.reply.by) for one in (four, six)] == [("no_route", None)] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_route_of_the_router(lab: None, kind: str) -> None:
    four, six = probe(
        {"netns": "blue", "to": "10.200.0.1", **KINDS[kind]},
        {"netns": "blue", "to": "2001:db8::1", **KINDS[kind]},
    )
    assert [(one.reply.reason, one.reply.by) for one in (four, six)] == [
        ("no_route", HOST),
        ("no_route", HOST6),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_dropped_packets_time_out(neighbours: None, family: str, kind: str) -> None:
    add_nft_rule("blue", "input", "meta l4proto { icmp, tcp, udp } drop")
    add_nft_rule("blue", "input", "icmpv6 type echo-request drop")
    (one,) = probe({"netns": "red", "to": "blue", "family": family, "timeout": 0.3, **KINDS[kind]})
    assert (one.reply.reason, one.reply.words, one.loss) == (
        "timed_out",
        "no answer within 0.3 s",
        100.0,
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hook", ["input", "forward"])
def test_a_prohibited_probe_reports_who_prohibits_it(
    way: None, family: str, kind: str, hook: str
) -> None:
    """By the target itself, and by a router in between."""
    where, by = ("far", FAR[family]) if hook == "input" else ("router", ROUTER[family])
    for match in ("meta l4proto { icmp, tcp, udp }", "icmpv6 type echo-request"):
        add_nft_rule(where, hook, f"{match} reject with icmpx type admin-prohibited")
    (one,) = probe({"netns": "near", "to": FAR[family], **KINDS[kind]})
    assert (one.reply.reason, one.reply.by) == ("prohibited", by)
    assert one.reply.words == f"{by} reports: communication administratively prohibited"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("", "port unreachable, rejected by a packet filter"),
        ("--reject-with icmp-host-prohibited", "host administratively prohibited"),
        ("--reject-with icmp-net-prohibited", "network administratively prohibited"),
        ("--reject-with icmp-admin-prohibited", "communication administratively prohibited"),
    ],
)
def test_an_iptables_reject_is_prohibited(lab: None, options: str, words: str) -> None:
    sh(f"ip netns exec blue iptables -A INPUT -j REJECT {options}")
    found = probe({"netns": "red", "to": "blue"}, {"netns": "red", "to": "blue", "port": 80})
    assert [(one.reply.reason, one.reply.words) for one in found] == [
        ("prohibited", f"{BLUE} reports: {words}")
    ] * 2


@pytest.mark.parametrize("options", ["", "--reject-with icmp6-adm-prohibited"])
def test_an_ip6tables_reject_is_prohibited(lab: None, options: str) -> None:
    for match in ("tcp", "icmpv6 --icmpv6-type 128"):
        sh(f"ip netns exec blue ip6tables -A INPUT -p {match} -j REJECT {options}")
    asked = {"netns": "red", "to": "blue", "family": "ipv6"}
    assert reasons(asked, {**asked, "port": 80}) == ["prohibited"] * 2


def test_a_tcp_reset_by_a_filter_equals_a_closed_port(lab: None) -> None:
    add_nft_rule("blue", "input", "meta l4proto tcp reject with tcp reset")
    assert reasons({"netns": "red", "to": "blue", "port": 80}) == ["refused"]


def test_a_port_unreachable_of_a_router_is_prohibited(way: None, family: str) -> None:
    """Only the target itself can report a closed port."""
    add_nft_rule("router", "forward", "meta l4proto udp reject")
    (one,) = probe({"netns": "near", "to": FAR[family], "protocol": "udp", "port": 53})
    assert (one.reply.reason, one.reply.by) == ("prohibited", ROUTER[family])


@pytest.mark.parametrize("verdict", ["drop", "reject"])
def test_packets_that_the_sender_itself_drops_are_prohibited(
    lab: None, family: str, verdict: str
) -> None:
    add_nft_rule("red", "output", "meta l4proto { icmp, udp } " + verdict)
    add_nft_rule("red", "output", "icmpv6 type echo-request " + verdict)
    asked = {"netns": "red", "to": "blue", "family": family}
    found = probe(asked, {**asked, "protocol": "udp", "port": 80})
    assert [one.reply.reason for one in found] == ["prohibited"] * 2
    assert found[0].reply.words == "a packet filter drops or rejects the packet on its way out"


@pytest.mark.parametrize(
    ("type_", "reason"),
    [("blackhole", "blackhole"), ("unreachable", "unreachable"), ("prohibit", "prohibited")],
)
@pytest.mark.parametrize("kind", KINDS)
def test_routes_that_refuse_packets(lab: None, type_: str, reason: str, kind: str) -> None:
    sh(f"ip -n red route add {type_} 10.9.0.0/16; ip -n red route add {type_} fd09::/16")
    assert (
        reasons(
            {"netns": "red", "to": "10.9.0.1", **KINDS[kind]},
            {"netns": "red", "to": "fd09::1", **KINDS[kind]},
        )
        == [reason] * 2
    )


def test_a_routing_loop_exceeds_the_ttl(way: None, family: str) -> None:
    sh("ip netns exec far sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
    sh(
        "ip -n router route add 10.77.0.0/16 via 10.2.0.1; "
        "ip -n router route add fd77::/16 via fd02::1"
    )
    (one,) = probe({"netns": "near", "to": "10.77.0.1" if family == "ipv4" else "fd77::1"})
    assert one.reply.reason == "ttl_exceeded" and one.reply.by and "loop" in one.reply.words


def test_own_addresses_are_reached(lab: None) -> None:
    assert (
        reasons(
            {"to": HOST},
            {"to": HOST6},
            {"to": "127.0.0.1"},
            {"to": "::1"},
            {"netns": "red", "to": RED},
            {"netns": "red", "to": "red", "family": "ipv6"},
            {"netns": "red", "to": "127.0.0.1", "port": 80},
            {"to": HOST, "port": 82},
            {"to": HOST6, "protocol": "udp", "port": 9},
        )
        == ["ok"] * 6 + ["refused"] * 3
    )


def test_a_loopback_address_is_that_of_the_namespace(lab: None) -> None:
    here: Raw = {"to": "127.0.0.1", "port": 0, "expect": "unreachable"}
    current: Raw = {**here, "netns": "red", "listen_at": {}}
    found = probe(
        {**here, "listen_at": {"netns": "red"}},
        current,
        {**current, "netns": None, "expect": "reachable"},
    )
    assert [(one.ok, one.reply.reason) for one in found] == [
        (True, "refused"),
        (True, "refused"),
        (True, "ok"),
    ]


def test_source_address_and_interface_are_used(lab: None) -> None:
    sh("ip -n red addr add 192.168.15.11/24 dev veth-red")
    with service("blue", BLUE, 7, lambda data: data, udp=True):
        asked: Raw = {"netns": "red", "to": BLUE}
        assert reasons(
            {**asked, "source": "192.168.15.11"},
            {**asked, "source": "192.168.15.12"},
            {**asked, "source": "192.168.15.12", "port": 80},
            {**asked, "interface": "veth-red"},
            {**asked, "interface": "eth9"},
            {**asked, "interface": "lo", "timeout": 0.2},
            {
                **asked,
                "protocol": "udp",
                "port": 7,
                "source": "192.168.15.11",
                "interface": "veth-red",
            },
        ) == ["ok", "no_source", "no_source", "ok", "no_source", "timed_out", "ok"]


def test_a_link_local_address_is_reached_by_its_interface(host: None) -> None:
    sh(
        "ip netns add red; sysctl -qw net.ipv6.conf.default.accept_dad=0; "
        "ip netns exec red sysctl -qw net.ipv6.conf.default.accept_dad=0"
    )
    sh(
        "ip link add here type veth peer name there address 02:00:00:00:00:01 netns red; "
        "ip link set here up; ip -n red link set there up"
    )
    sh(
        "until ip -n red -6 addr show dev there | grep -q 'inet6 fe80.* scope link $'; "
        "do sleep 0.01; done"
    )
    link_local = "fe80::ff:fe00:1"
    asked = [
        {"to": link_local, "interface": "here", **kind}
        for kind in ({}, {"port": 80}, {"protocol": "udp", "port": 80})
    ]
    assert reasons(*asked, {"to": link_local, "interface": "gone"}) == [
        "ok",
        "refused",
        "refused",
        "no_source",
    ]


def test_a_partial_loss_is_measured(neighbours: None, family: str) -> None:
    add_nft_rule("blue", "input", "icmpv6 type echo-request numgen inc mod 4 == 0 drop")
    add_nft_rule("blue", "input", "icmp type echo-request numgen inc mod 4 == 0 drop")
    (one,) = probe({"netns": "red", "to": "blue", "family": family, "count": 8, "timeout": 0.3})
    assert (one.ok, one.received, one.loss, one.reply.reason, len(one.latencies)) == (
        True,
        6,
        25.0,
        "ok",
        6,
    )
    assert not probe(
        {
            "netns": "red",
            "to": "blue",
            "family": family,
            "count": 8,
            "timeout": 0.3,
            "expect": "unreachable",
        }
    )[0].ok


def test_the_probed_address_of_a_namespace_is_chosen(lab: None) -> None:
    sh(
        "ip netns add far; ip netns add bare; "
        "ip link add here type veth peer name there netns far; ip link set here up; "
        "ip -n far link set there up"
    )
    sh(
        "ip addr add 10.1.0.1/24 dev here; ip -n far addr add 10.7.7.7/32 dev there; "
        "ip -n far addr add 10.1.0.2/24 dev there"
    )
    sh("ip -n far addr add fd01::2/64 dev there nodad")
    found = probe(
        {"to": "far"},
        {"netns": "red", "to": "far", "timeout": 0.2},
        {"to": "far", "family": "ipv6", "timeout": 0.2},
        {"to": "bare"},
        {"to": "bare", "expect": "unreachable"},
        {"netns": "red", "to": "blue"},
    )
    assert [one.address for one in found] == ["10.1.0.2", "10.7.7.7", "fd01::2", None, None, BLUE]
    assert [(one.reply.reason, one.ok) for one in found[3:5]] == [("no_address", False)] * 2
    assert found[3].reply.words == "namespace bare has no address"


def answer_names(data: bytes) -> bytes:
    """A name server with two addresses of one name."""
    identity, question = data[:2], data[12:]
    if b"\x07example" not in question:
        return identity + b"\x81\x83" + b"\0\1" + bytes(6) + question
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4"
    return (
        identity
        + b"\x81\x80"
        + b"\0\1\0\2"
        + bytes(4)
        + question
        + record
        + b"\xc0\0\2\1"
        + record
        + b"\xc0\0\2\2"
    )


def test_a_name_server_is_queried(lab: None, family: str) -> None:
    asked: Raw = {
        "netns": "red",
        "to": "blue",
        "family": family,
        "protocol": "dns",
        "query": "example.org",
    }
    with service("blue", FAMILIES[family][0], 53, answer_names, udp=True) as heard:
        wrong = [
            {**asked, **more}
            for more in ({"answer": "192.0.2.3"}, {"query": "elsewhere.org"}, {"record": "AAAA"})
        ]
        found = probe(asked, {**asked, "answer": "192.0.2.2"}, *wrong)
    assert [one.reply.reason for one in found] == [
        "ok",
        "ok",
        "wrong_answer",
        "wrong_answer",
        "wrong_answer",
    ]
    assert (
        found[0].reply.records == ("192.0.2.1", "192.0.2.2")
        and found[3].reply.words == "NXDOMAIN: no record of type A"
    )
    assert len(heard) == 5


def test_an_unexpected_answer_still_reaches_the_target(lab: None) -> None:
    """expect unreachable is not fulfilled by a server that answers with an error."""
    with service("blue", BLUE, 53, answer_names, udp=True):
        (one,) = probe(
            {
                "netns": "red",
                "to": "blue",
                "protocol": "dns",
                "query": "elsewhere.org",
                "expect": "unreachable",
            }
        )
    assert one.reached and not one.ok


def pages(data: bytes) -> bytes:
    """A web server."""
    if not data:
        return b""
    if b"GET /health " in data:
        return b"HTTP/1.1 204 No Content\r\n\r\n"
    return (
        b"HTTP/1.1 200 OK\r\n\r\nhello from blue"
        if b"GET / " in data
        else b"HTTP/1.0 404 Not Found\r\n\r\n"
    )


def test_a_web_server_is_queried(lab: None, family: str) -> None:
    address = FAMILIES[family][0]
    asked: Raw = {"netns": "red", "to": "blue", "family": family, "protocol": "http"}
    with service("blue", address, 80, pages) as heard:
        found = [
            probe({**asked, **more})[0]
            for more in (
                {},
                {"answer": "from blue"},
                {"answer": "from red"},
                {"path": "/health"},
                {"path": "/health", "status": [200, 204]},
                {"path": "/x", "host": "blue.lab"},
                {"path": "/x", "expect": "unreachable"},
            )
        ]
    assert [(one.ok, one.reply.reason, one.reply.status) for one in found] == [
        (True, "ok", 200),
        (True, "ok", 200),
        (False, "wrong_answer", 200),
        (False, "wrong_answer", 204),
        (True, "ok", 204),
        (False, "wrong_answer", 404),
        (False, "wrong_answer", 404),
    ]
    assert (
        f"\r\nHost: {f'[{address}]' if ':' in address else address}\r\n".encode() in heard[0]
        and b"\r\nHost: blue.lab\r\n" in heard[5]
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"SSH-2.0-x\r\n", "connected, and the answer was 'SSH-2.0-x\\r\\n', which is not HTTP"),
        (b"", "connected, and received no HTTP status"),
    ],
)
def test_a_server_of_another_protocol_is_a_wrong_answer(
    neighbours: None, said: bytes, words: str
) -> None:
    with service("blue", BLUE, 80, lambda data: said):
        (one,) = probe({"netns": "red", "to": "blue", "protocol": "http", "timeout": 0.5})
    assert (one.reply.reason, one.reply.words, one.reached) == ("wrong_answer", words, True)


def test_payload_and_answer_are_compared(neighbours: None, family: str) -> None:
    address = FAMILIES[family][0]
    asked: Raw = {"netns": "red", "to": address, "port": 2525, "timeout": 0.5}
    with (
        service("blue", address, 2525, lambda data: b"220 blue\r\n"),
        service("blue", address, 2525, lambda data: b"<" + data + b">", udp=True) as heard,
    ):
        assert reasons({**asked, "answer": "220 "}, {**asked, "answer": "421"}) == [
            "ok",
            "wrong_answer",
        ]
        udp = {**asked, "protocol": "udp"}
        assert reasons(
            udp,
            {**udp, "payload": "ping é", "answer": "<ping é>"},
            {**udp, "payload": "x", "answer": "y"},
        ) == ["ok", "ok", "wrong_answer"]
    assert sorted(heard) == sorted([b"", "ping é".encode(), b"x"])


def test_a_server_that_accepts_and_sends_nothing(neighbours: None) -> None:
    with in_netns("blue"):
        own = socket.create_server((BLUE, 80))
    with own:
        asked: Raw = {"netns": "red", "to": "blue", "timeout": 0.3}
        assert reasons(
            {**asked, "port": 80},
            {**asked, "port": 80, "answer": "x"},
            {**asked, "protocol": "http"},
        ) == ["ok", "wrong_answer", "wrong_answer"]


def test_a_namespace_is_given_by_the_path_of_its_file(lab: None, tmp_path: Any) -> None:
    elsewhere = tmp_path / "green"
    elsewhere.touch()
    sh(f"mount --bind /run/netns/red {elsewhere}")
    try:
        assert (
            reasons(
                {"netns": str(elsewhere), "to": "blue"},
                {"to": str(elsewhere)},
                {"netns": "/proc/self/ns/net", "to": "blue"},
            )
            == ["ok"] * 3
        )
        (one,) = probe({"netns": "blue", "to": str(elsewhere), "port": 0, "listen": True})
        assert one.ok and one.address == RED
    finally:
        sh(f"umount {elsewhere}")
