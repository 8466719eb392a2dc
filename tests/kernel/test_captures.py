# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_capture: real packets, its limits, and that nothing of it is left."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import socket
import stat
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.captures import MODULE, Raw, capture, find_tcpdumps, read_file, refuse, running
from support.module_process import run_process
from support.netns import in_netns
from support.patience import await_equal, patience
from support.playbooks import LOCALHOST, play, run_ansible, write_inventory
from support.shell import ip, output, sh
from support.snapshot import differences, take_snapshot


@contextlib.contextmanager
def sending(netns: str, address: str) -> Iterator[None]:
    """Send datagrams without an end."""
    with in_netns(netns):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    over = threading.Event()

    def send() -> None:
        while not over.wait(0.002):
            with contextlib.suppress(ConnectionRefusedError):
                sender.sendto(os.urandom(1000), (address, 9999))

    with sender:
        thread = threading.Thread(target=send)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


SENT = "tcp or udp or (ip6[6] = 58 and ip6[40] >= 128 and ip6[40] <= 129)"
"""What probes send. A namespace also joins groups, and asks for routers and neighbours."""


def test_a_capture_has_what_the_probes_send(lab: None, tmp_path: Path) -> None:
    probes = [
        {"netns": "red", "to": "blue", "port": 8080, "listen": True},
        {"netns": "red", "to": "blue", "family": "ipv6", "count": 3},
        {"netns": "red", "to": "blue", "protocol": "udp", "port": 53, "listen": True},
    ]
    result = capture(netns="blue", probes=probes, dest="/x", filter=SENT)
    assert result["probes"]["ok"] and result["ended_by"] == "probes" and result["changed"]
    by_protocol = {one["protocol"]: one for one in result["conversations"]}
    assert set(by_protocol) == {"tcp", "icmpv6", "udp"}
    tcp, echo, udp = (by_protocol[name] for name in ("tcp", "icmpv6", "udp"))
    assert (tcp["source"], tcp["destination"]) == ("192.168.15.1", "192.168.15.2")
    assert tcp["destination_port"] == 8080 and tcp["reply_packets"] >= 2
    assert (echo["source"], echo["packets"], echo["reply_packets"]) == ("fd00:15::1", 3, 3)
    assert echo["bytes"] == echo["reply_bytes"] == 3 * 104
    assert (udp["destination_port"], udp["packets"], udp["reply_packets"]) == (53, 1, 1)
    assert {name for one in by_protocol.values() for name in one["interfaces"]} == {"veth-blue"}
    lines = read_file(result, tmp_path)
    assert len(lines) == result["packets"]
    assert sum("ICMP6, echo re" in line for line in lines) == 6
    assert all("In " in line or "Out " in line for line in lines)


def test_the_file_names_interfaces_and_filter(lab: None, tmp_path: Path) -> None:
    result = capture(probes=[{"netns": "red", "to": "blue"}], dest="/x", filter="icmp")
    content = zlib.decompress(base64.b64decode(result["pcapng"]))
    for text in (b"veth-red-br", b"veth-blue-br", b"icmp", b"captured in the host"):
        assert text in content
    assert result["conversations"][0]["interfaces"] == ["veth-red-br", "veth-blue-br"]
    assert len(read_file(result, tmp_path)) == result["packets"] == 4


@pytest.mark.parametrize("interface", ["veth-blue", "lo"])
def test_a_capture_on_one_interface(lab: None, tmp_path: Path, interface: str) -> None:
    probe = {"netns": "blue", "to": "127.0.0.1" if interface == "lo" else "red"}
    result = capture(
        netns="/run/netns/blue", interface=interface, probes=[probe], dest="/x", filter="icmp"
    )
    lines = read_file(result, tmp_path)
    assert len(lines) == 2 and "echo request" in lines[0] and "echo reply" in lines[1]
    assert result["conversations"][0]["interfaces"] == [interface]


@pytest.mark.parametrize(
    ("limit", "reason"),
    [({"packets": 3}, "packets"), ({"size": 4096}, "size"), ({"seconds": 0.3}, "seconds")],
)
def test_a_limit_ends_a_capture(lab: None, tmp_path: Path, limit: Raw, reason: str) -> None:
    with sending("red", "192.168.15.2"):
        result = capture(netns="red", filter="udp", dest="/x", **{"seconds": patience(30), **limit})
    assert result["ended_by"] == reason and result["packets"] > 0
    lines = read_file(result, tmp_path)
    assert len(lines) == result["packets"]
    if reason == "packets":
        assert len(lines) == 3
    if reason == "size":
        assert len(lines) == 3  # of 16 + 20 + 1028 bytes each
    assert find_tcpdumps() == []


def test_without_a_file_nothing_is_changed(lab: None) -> None:
    result = capture(probes=[{"netns": "red", "to": "blue"}])
    assert not result["changed"] and "pcapng" not in result


def test_a_capture_changes_nothing_on_the_host(lab: None) -> None:
    capture(probes=[{"netns": "red", "to": "blue", "family": "ipv6"}], interface="v-net-0")
    before, files = take_snapshot(), sorted(os.listdir("/run/redblue-netns"))
    capture(netns="blue", probes=[{"netns": "red", "to": "blue"}], dest="/x")
    capture(interface="v-net-0", promisc=True, seconds=0.1)
    assert differences(before, take_snapshot()) == {}
    assert sorted(os.listdir("/run/redblue-netns")) == files


def test_an_interface_is_promiscuous_only_if_asked_for(lab: None) -> None:
    for promisc in (False, True):
        raw = {"interface": "v-net-0", "promisc": promisc, "seconds": 3600}
        with running(raw):
            (link,) = json.loads(output("ip", "-d", "-j", "link", "show", "v-net-0"))
            assert link["promiscuity"] == int(promisc)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_tcpdump_ends_with_a_killed_module(host: None, number: int) -> None:
    with running({"seconds": 3600}) as process:
        process.send_signal(number)
        process.wait(patience(30))
        assert await_equal(lambda: len(find_tcpdumps()), 0) == 0


def test_the_removal_of_the_interface_ends_a_capture(lab: None) -> None:
    with running({"netns": "red", "interface": "veth-red", "seconds": 3600}) as process:
        ip("link del veth-red-br")
        assert process.stdout is not None
        result = json.loads(process.stdout.read())
    assert result["ended_by"] == "tcpdump" and not result["changed"]
    message = "tcpdump ended before its limits: The interface disappeared"
    assert message in json.dumps(result["warnings"])


def test_what_the_kernel_drops_is_counted(host: None) -> None:
    """tcpdump is stopped until its buffer is full."""
    with running({"interface": "lo", "packets": 100, "seconds": patience(30)}) as process:
        (tcpdump,) = (int(directory.name) for directory in find_tcpdumps())
        os.kill(tcpdump, signal.SIGSTOP)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _number in range(3000):
                with contextlib.suppress(ConnectionRefusedError):
                    sender.sendto(b"", ("127.0.0.1", 9))
        os.kill(tcpdump, signal.SIGCONT)
        assert process.stdout is not None
        result = json.loads(process.stdout.read())
    assert result["packets"] == 100 and result["dropped"]["kernel"] > 1000


def test_a_filter_is_refused_before_anything_is_sent(lab: None) -> None:
    probes = [{"netns": "red", "to": "blue"}]
    before = output("ip", "-n", "red", "-4", "neigh")
    message = refuse(filter="tcp prot 80", probes=probes)
    assert message.startswith("filter: 'tcp prot 80': tcpdump cannot compile it: ")
    assert "error" in message and "\n" not in message
    for option in ("-w/tmp/taken", "--version", "-z reboot"):
        assert "tcpdump cannot compile it" in refuse(filter=option, probes=probes)
    assert not os.path.exists("/tmp/taken")
    assert output("ip", "-n", "red", "-4", "neigh") == before


def test_what_is_missing_is_named(lab: None) -> None:
    assert refuse(interface="eth9") == (
        "interface: 'eth9': does not exist there "
        "(interfaces: any, lo, v-net-0, veth-blue-br, veth-red-br)"
    )
    assert refuse(netns="green").startswith("netns: 'green': there is no such namespace")
    sh("mount --bind /dev/null /usr/bin/tcpdump")
    try:
        message = refuse(netns="red")
    finally:
        sh("umount /usr/bin/tcpdump")
    assert message.startswith("the program tcpdump is missing; install the package tcpdump (")


def test_check_mode_captures_nothing_and_checks_the_filter(lab: None) -> None:
    raw = {"netns": "red", "dest": "/x", "probes": [{"netns": "red", "to": "blue"}]}
    result, _log = run_process(MODULE, raw, check=True)
    assert result["changed"] and result["packets"] == 0 and result["ended_by"] == "check_mode"
    assert "pcapng" not in result and "probes" not in result
    refused, _log = run_process(MODULE, {**raw, "filter": "x y"}, check=True)
    assert "tcpdump cannot compile it" in refused["msg"]
    for missing in ({"netns": "green"}, {"interface": "eth9"}):
        assumed, _log = run_process(MODULE, {"filter": "tcp", **missing}, check=True)
        assert not assumed["changed"] and "failed" not in assumed


def test_what_strangers_send_is_read_and_shown_safely(host: None, tmp_path: Path) -> None:
    name = "e\x1b[31m\\"
    ip(f"link add '{name}' type veth peer name e1\nlink set '{name}' up\nlink set e1 up")
    packets = [os.urandom(14 + number) for number in range(60)]
    for kind in (b"\x08\0", b"\x86\xdd", b"\x08\6", b"\x81\0", b"\0\x10"):
        packets += [b"\2" * 12 + kind + os.urandom(number) for number in range(50)]
    # Less than all: the kernel may drop what it takes for the beginning of a VLAN tag.
    count = len(packets) - 10
    raw = {"filter": "outbound and not icmp6", "packets": count, "seconds": patience(30)}
    with running({**raw, "dest": "/x"}) as process:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
            sender.bind((name, 0))
            for packet in packets:
                sender.send(packet)
        assert process.stdout is not None
        result = json.loads(process.stdout.read())
    assert "\x1b" not in json.dumps(result, ensure_ascii=False) and "\\x1b[31m" in result["report"]
    lines = [line for line in read_file(result, tmp_path) if not line.startswith("\t")]
    assert result["packets"] == len(lines) == count


def test_the_action_plugin_writes_the_file(lab: None, tmp_path: Path) -> None:
    path = tmp_path / "captures" / "here.pcapng"
    probe = {"netns": "red", "to": "blue", "port": 81}
    task = {"dest": str(tmp_path / "captures" / "{{ inventory_hostname }}.pcapng")}
    tasks: list[Raw] = [
        {"name": "check", f"redblue.netns.{MODULE}": task, "check_mode": True},
        {"name": "kept", f"redblue.netns.{MODULE}": {**task, "seconds": 0.2}},
        {"name": "to a directory", f"redblue.netns.{MODULE}": {"dest": str(tmp_path)}},
        {"name": "in the background", f"redblue.netns.{MODULE}": task, "async": 60},
        {"name": "failed", f"redblue.netns.{MODULE}": {**task, "probes": [probe]}},
    ]
    plays = [{"hosts": "all", "gather_facts": False, "ignore_errors": True, "tasks": tasks}]
    results = play(tmp_path, LOCALHOST, plays)["here"]
    assert results["check"]["changed"] and "dest" not in results["check"]
    assert results["kept"]["changed"] and results["kept"]["dest"] == str(path)
    assert "is a directory; write the path of a file" in results["to a directory"]["msg"]
    assert "async" in results["in the background"]["msg"]
    failed = results["failed"]
    assert failed["ended"] == "failed" and "refused" in failed["msg"]
    assert failed["dest"] == str(path) and "pcapng" not in failed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(output("tcpdump", "-nr", str(path)).splitlines()) == failed["packets"] > 0


def test_packets_are_not_shown_with_v(lab: None, tmp_path: Path) -> None:
    """A capture with thousands of characters of packets is a short result all the same."""
    kept, path = tmp_path / "kept", tmp_path / "play.yml"
    limits = {"packets": 100, "seconds": patience(30)}
    task = {
        f"redblue.netns.{MODULE}": {"netns": "red", "filter": "udp", "dest": str(kept), **limits}
    }
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
    with sending("red", "192.168.15.2"):
        done = run_ansible(
            ["ansible-playbook", "-v", *write_inventory(tmp_path, LOCALHOST), str(path)]
        )
    assert done.returncode == 0 and kept.stat().st_size > 100_000, done.stdout
    assert '"packets": 100' in done.stdout and "192.168.15.2:9999" in done.stdout
    assert '"pcapng"' not in done.stdout + done.stderr and "the result has" not in done.stderr


@pytest.mark.parametrize("switch", [None, "switch"])
def test_the_role_keeps_a_capture_of_what_failed(
    host: None, tmp_path: Path, switch: str | None
) -> None:
    variables: Raw = {
        "bridge_lab_network": "192.168.15.0/24,fd00:15::/64",
        "bridge_lab_switch_netns": switch,
    }
    roles = [{"role": f"redblue.netns.{name}"} for name in ("bridge_lab", "bridge_lab_verify")]
    common = {"hosts": "all", "gather_facts": False}
    failing = {
        "bridge_lab_verify_capture_on_failure": str(tmp_path / "captures"),
        "bridge_lab_verify_reach": [{"netns": "red", "to": "blue", "port": 81}],
    }
    good = {**variables, "bridge_lab_verify_capture_on_failure": str(tmp_path / "none")}
    plays: list[Raw] = [{**common, "roles": roles, "vars": good}]
    plays += [{**common, "roles": roles[1:], "vars": {**variables, **failing}}]
    results = play(tmp_path, LOCALHOST, plays)["here"]
    assert not (tmp_path / "none").exists()
    path = tmp_path / "captures" / "here.pcapng"
    message = results["redblue.netns.bridge_lab_verify : Fail if a probe is not as expected"]["msg"]
    assert "red to blue:81" in message and f"Their packets are in {path}" in message
    lines = output("tcpdump", "-nr", str(path), "tcp").splitlines()
    assert any("Flags [R.]" in line for line in lines)
    assert not any("> 192.168.15.2.80" in line for line in lines)
