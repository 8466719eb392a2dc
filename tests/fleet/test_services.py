# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service in a namespace of a persistent topology, on a machine with its own systemd.

The service answers with the address of the name that it is asked for. A DNS server in the
namespace and one on the host log the names that they are asked for, and so does a socket in the
place of that of nscd.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from booted.controller import Controller, Recap, find_changed, find_failed
from booted.fleet import inventory_of
from booted.machine import Machine, wait_for
from booted.name_server import DNS_PROGRAM
from support.guides import GUIDES, read_play

WEB_PROGRAM = """
import http.server, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(socket.getaddrinfo(self.path[1:], 80)[0][4][0].encode())
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
Server(("::", 80), Handler).serve_forever()
"""
UNITS = {
    "echo@.service": "ExecStart=/bin/cat\nStandardInput=socket",
    "web.service": "ExecStart=/usr/bin/python3 /opt/web.py\nProtectSystem=strict\nPrivateTmp=yes",
    "dns@.service": "ExecStart=/usr/bin/python3 /opt/dns.py %i",
    "picky.service": "ExecStartPre=/bin/grep -q eth0 /proc/net/dev\nExecStart=/bin/sleep infinity",
}
PEER = {"name": "to-blue", "addresses": ["10.60.0.1/24", "fd00:60::1/64"]}
END = {"name": "eth1", "netns": "blue", "addresses": ["10.60.0.2/24", "fd00:60::2/64"]}
LAB: dict[str, Any] = {
    "name": "services",
    "netns": [{"name": "blue", "nameservers": ["127.0.0.1"]}],
    "veth": [{**END, "peer": PEER}],
    "persist": True,
}
TOPOLOGY = {"redblue.netns.topology": LAB}
DNS = {
    "redblue.netns.netns_service": {"name": "dns@blue.service", "netns": "blue", "restart": True}
}
ECHO = {"redblue.netns.netns_service": {"name": "echo.socket", "netns": "blue", "restart": True}}
WEB_OPTIONS = {"name": "web.service", "netns": "blue", "publish": [{"port": 80, "host_port": 8080}]}
WEB = {"redblue.netns.netns_service": {**WEB_OPTIONS, "restart": True}}
INSIDE, PUBLISHED, ON_HOST = "[fd00:60::2]", "127.0.0.1:8080", "127.0.0.1"
FILES = (
    "find /etc/systemd /etc/redblue-netns /usr/local -name '*redblue-netns*' 2>/dev/null || true"
)


def send(machine: Machine, address: str) -> str:
    """What the echo service answers at an address; empty if nobody does."""
    program = (
        "import socket; s = socket.create_connection((sys.argv[1], 7777), 60); "
        "s.sendall(b'hello'); print(s.recv(9).decode())"
    )
    return machine.attempt(f'python3 -c "import sys; {program}" {address}').stdout.strip()


class Services:
    """One machine with the units."""

    def __init__(self, machine: Machine, at: Path) -> None:
        self.machine, self._at = machine, at
        self._controller = Controller(at, inventory_of([machine]))

    def attempt(self, *tasks: dict[str, Any], options: str = "") -> tuple[Recap, str]:
        """Run a playbook, which may fail."""
        book = self._at / "book.yml"
        play = {"hosts": "all", "gather_facts": False, "tasks": list(tasks)}
        book.write_text(yaml.safe_dump([play]), encoding="utf-8")
        return self._controller.attempt(str(book), *options.split())

    def play(self, *tasks: dict[str, Any], options: str = "") -> bool:
        """Run a playbook; whether something changed."""
        recap, output = self.attempt(*tasks, options=options)
        assert not find_failed(recap), output
        return bool(find_changed(recap))

    def ask(self, place: str, name: str = "www.example.org") -> str:
        """What the service answers there; empty if nobody answers."""
        fetch = f"urllib.request.urlopen('http://{place}/{name}', timeout=60).read().decode()"
        program = f"import urllib.request; print({fetch})"
        return self.machine.attempt(f'python3 -c "{program}"').stdout.strip()

    def show(self, unit: str, name: str) -> str:
        return self.machine.run(f"systemctl show --value -p {name} {unit}").strip()

    def count_asked(self, where: str) -> int:
        """How often the servers were asked that belong to blue or to the host."""
        return len(self.machine.run(f"cat /run/asked-{where} || true").splitlines())

    def assert_is_in_namespace_only(self) -> None:
        """Assert by packets where the service is, and whom it asks."""
        wait_for(lambda: self.ask(INSIDE) == "192.0.2.80", "the service answers in blue")
        assert self.ask("10.60.0.2") == self.ask(PUBLISHED) == "192.0.2.80"
        assert self.ask(ON_HOST) == ""
        assert send(self.machine, "10.60.0.2") == send(self.machine, "fd00:60::2") == "hello"
        assert send(self.machine, "127.0.0.1") == ""


def list_files() -> dict[str, str]:
    """The files of the units, by path."""
    files = {"/opt/web.py": WEB_PROGRAM, "/opt/dns.py": DNS_PROGRAM}
    for unit, text in UNITS.items():
        install = "[Install]\nWantedBy=multi-user.target"
        files[f"/etc/systemd/system/{unit}"] = f"[Service]\n{text}\n{install}\n"
    files["/etc/systemd/system/echo.socket"] = (
        "[Socket]\nListenStream=7777\nAccept=yes\n[Install]\nWantedBy=sockets.target\n"
    )
    return files


@pytest.fixture(scope="module")
def machine(machines: list[Machine]) -> Iterator[Machine]:
    """A machine on which the units run, on the host."""
    machine, enabled = machines[1], "dns@host web picky echo.socket"
    for path, text in list_files().items():
        machine.run(f"cat >{path} <<'END'\n{text}\nEND")
    machine.run("cp -P /etc/resolv.conf /opt/; echo nameserver 127.0.0.1 >/etc/resolv.conf")
    machine.run(f"systemctl daemon-reload; systemctl enable --now {enabled}")
    yield machine
    machine.run(
        f"systemctl disable --now {enabled} dns@blue\n"
        f"cp -P /opt/resolv.conf /etc/; rm -rf /opt/* {' '.join(list_files())} /run/nscd\n"
        "systemctl daemon-reload"
    )


@pytest.fixture(scope="module")
def services(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The units are in a namespace of a topology that persists."""
    services = Services(machine, tmp_path_factory.mktemp("services"))
    wait_for(lambda: services.ask(ON_HOST) == "192.0.2.7", "the service answers on the host")
    before = machine.run(FILES)
    services.play(TOPOLOGY, DNS)
    machine.run("systemctl enable --now dns@blue")
    services.play(DNS, WEB, ECHO)
    yield services
    names = ("dns@blue.service", "web.service", "picky.service", "echo.socket")
    services.play(
        *({"redblue.netns.netns_service": {"name": name, "state": "absent"}} for name in names),
        {"redblue.netns.topology": {"name": "services", "state": "absent", "force": True}},
    )
    assert machine.run(FILES) == before


def test_a_service_answers_and_asks_in_its_namespace_only(services: Services) -> None:
    services.assert_is_in_namespace_only()
    before = services.count_asked("host")
    for number in range(10):
        assert services.ask(INSIDE, f"n{number}.example.org") == "192.0.2.80"
    assert services.count_asked("blue") >= 10
    assert services.count_asked("host") == before
    services.machine.run("getent hosts www.example.org")
    assert services.count_asked("host") > before
    assert not services.play(TOPOLOGY, DNS, WEB, ECHO) and not services.play(
        DNS, WEB, ECHO, options="--check"
    )


def test_a_service_is_restarted_when_it_has_to_be_and_may(services: Services) -> None:
    pid = services.show("web", "MainPID")
    waits = {"redblue.netns.netns_service": WEB_OPTIONS}
    # A server that is not there: the service has the former file until it is restarted.
    servers = [{"name": "blue", "nameservers": ["127.0.0.2"]}]
    _recap, output = services.attempt(
        {"redblue.netns.topology": {**LAB, "netns": servers}}, waits, TOPOLOGY
    )
    assert "web.service has to be restarted" in output
    assert services.show("web", "MainPID") == pid
    assert services.play(WEB) and services.show("web", "MainPID") != pid
    services.assert_is_in_namespace_only()


def test_a_service_comes_back_with_its_lab_and_after_a_reboot(services: Services) -> None:
    services.play({"redblue.netns.topology": {**LAB, "state": "absent", "force": True}})
    wait_for(lambda: services.show("web", "ActiveState") == "inactive", "the service has ended")
    assert services.ask(ON_HOST) == services.ask(PUBLISHED) == ""
    services.play(TOPOLOGY)
    services.assert_is_in_namespace_only()
    services.machine.reboot()
    services.assert_is_in_namespace_only()
    assert not services.play(TOPOLOGY, DNS, WEB, ECHO)


def test_the_playbook_of_the_guide_works(services: Services) -> None:
    play = read_play("services", "Run a web server in a namespace")
    services.play(*play["tasks"])
    machine = services.machine
    fetch = "python3 -c 'import sys, urllib.request as r; r.urlopen(sys.argv[1], timeout=5)'"
    places = ("192.168.17.1", "[fd00:17::1]", "127.0.0.1:8017")
    script = "; ".join(f"{fetch} http://{place}" for place in places)
    wait_for(lambda: machine.attempt(script).returncode == 0, "the web server answers")
    text = (GUIDES / "services.rst").read_text(encoding="utf-8")
    (shown,) = re.findall(r"shows what was added::\n\n((?:   .*\n|\n)+)", text)
    assert textwrap.dedent(shown).strip() in machine.run("systemctl cat shop.service")
    assert not services.play(*play["tasks"])
    services.play(
        {"redblue.netns.netns_service": {"name": "shop.service", "state": "absent"}},
        {"redblue.netns.topology": {"name": "shop", "state": "absent", "force": True}},
    )
    machine.run("systemctl disable --now shop; rm /etc/systemd/system/shop.service")


def test_a_service_never_runs_on_the_host_instead(services: Services) -> None:
    machine = services.machine
    machine.run("ip netns delete blue")
    assert machine.attempt("systemctl restart web").returncode != 0 or services.ask(ON_HOST) == ""
    wait_for(lambda: services.show("web", "ActiveState") == "failed", "the service has failed")
    assert services.ask(ON_HOST) == ""
    services.play(TOPOLOGY, DNS, WEB, ECHO)
    services.assert_is_in_namespace_only()


def test_a_service_in_a_former_namespace_is_told_and_restarted(services: Services) -> None:
    machine = services.machine
    machine.run("ip netns delete blue; /usr/local/bin/redblue-netns apply services")
    found = machine.attempt("/usr/local/bin/redblue-netns doctor services").stdout
    assert "web.service" in found and "former namespace blue" in found, found
    assert services.play(DNS, WEB, ECHO)
    services.assert_is_in_namespace_only()


def test_a_service_that_does_not_start_is_on_the_host_again(services: Services) -> None:
    before = services.machine.run(FILES)
    task = {
        "redblue.netns.netns_service": {"name": "picky.service", "netns": "blue", "restart": True}
    }
    recap, output = services.attempt(task)
    assert find_failed(recap) and "picky.service" in output and "undone" in output
    assert services.show("picky", "ActiveState") == "active"
    assert services.machine.run(FILES) == before


def test_a_service_returns_to_the_host(services: Services) -> None:
    options = {"state": "absent", "restart": True}
    tasks = [
        {"redblue.netns.netns_service": {"name": name, **options}}
        for name in ("web.service", "echo.socket")
    ]
    assert services.play(*tasks)
    wait_for(lambda: services.ask(ON_HOST) == "192.0.2.7", "the service answers on the host")
    assert send(services.machine, "127.0.0.1") == "hello"
    assert services.ask(INSIDE) == services.ask(PUBLISHED) == ""
    assert send(services.machine, "10.60.0.2") == ""
    assert not services.play(*tasks)
