# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role sandbox: an untrusted command reaches what is listed, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pip
import pytest

from support.playbooks import LOCALHOST, play, run_ansible, write_inventory
from support.shell import sh
from support.snapshot import differences, take_snapshot

LAN = "/run/tree/ansible_collections/redblue/netns/tests/bin/lan"
PROXY = "http://192.168.1.10:8888"
INDEX = "http://203.0.113.9/simple"
SHARED = Path("/run/for-all")
"""What a user without rights can read, wherever the checkout is."""
ROLE = "redblue.netns.sandbox"
CREATE = f"{ROLE} : Create or remove the sandbox"
RUN = f"{ROLE} : Run the command in the sandbox"

NO_PROXY = "env -u http_proxy -u https_proxy -u HTTP_PROXY -u HTTPS_PROXY"
FETCH = "import sys, urllib.request as web; print(web.urlopen(sys.argv[1], timeout=30).status)"
CONNECT = "import sys, socket; socket.create_connection((sys.argv[1], int(sys.argv[2])), 30)"

ASK = (
    "import sys, socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(30);"
    "s.connect((sys.argv[1], int(sys.argv[2]))); s.send(b'?'); s.recv(1)"
)


def run_sandbox(at: Path, check_mode: bool = False, **variables: Any) -> dict[str, Any]:
    """Play the role with these variables, and return the results by task."""
    named = {f"sandbox_{name}": value for name, value in variables.items()}
    tasks = [{"ansible.builtin.include_role": {"name": ROLE}, "vars": named}]
    plays = [{"hosts": "here", "gather_facts": False, "check_mode": check_mode, "tasks": tasks}]
    return play(at, LOCALHOST, plays)["here"]


def python(*arguments: str) -> list[str]:
    return [shutil.which("python3", path="/usr/bin") or sys.executable, "-c", *arguments]


@contextmanager
def serve(where: str, *command: str) -> Iterator[None]:
    """A server on the LAN until the end of the block."""
    enter = ["nsenter", f"--net=/run/lan/{where}", *command]
    with subprocess.Popen(enter, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            yield
        finally:
            server.terminate()


def wait_for(where: str, port: int) -> None:
    sh(
        f"for round in $(seq 300); do nsenter --net=/run/lan/{where} ss -Hltn 'sport = :{port}' |"
        " grep -q . && exit; sleep 0.1; done; exit 1"
    )


@pytest.fixture
def lan(host: None) -> Iterator[None]:
    """A proxy on the LAN, and an index of Python's packages on the internet."""
    if shutil.which("tinyproxy") is None:
        pytest.skip("the program tinyproxy is missing")
    sh(f"ip link set lo up; {LAN}")
    index = SHARED / "index" / "simple" / "untrusted"
    index.mkdir(parents=True)
    with zipfile.ZipFile(index / "untrusted-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("untrusted.py", "")
        for name, text in {
            "METADATA": "Metadata-Version: 2.1\nName: untrusted\nVersion: 1.0\n",
            "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "",
        }.items():
            wheel.writestr(f"untrusted-1.0.dist-info/{name}", text)
    shutil.copytree(Path(pip.__file__).parent, SHARED / "pip")
    sh(f"chmod -R a+rX {SHARED}")
    settings = SHARED / "tinyproxy.conf"
    settings.write_text("Port 8888\nListen 192.168.1.10\nTimeout 60\nAllow 192.168.1.0/24\n")
    serve_index = (sys.executable, "-m", "http.server", "-d", str(SHARED / "index"), "80")
    with ExitStack() as servers:
        servers.enter_context(serve("internet", *serve_index))
        servers.enter_context(serve("neighbour", "tinyproxy", "-d", "-c", str(settings)))
        wait_for("internet", 80)
        wait_for("neighbour", 8888)
        yield
    shutil.rmtree(SHARED)
    sh("umount /run/lan/*; rm -r /run/lan")


def test_pip_installs_by_the_proxy_and_nothing_else_is_reached(lan: None, tmp_path: Path) -> None:
    before = take_snapshot()
    install = (
        "/usr/bin/python3 pip install --no-cache-dir --disable-pip-version-check"
        f" --target /tmp/untrusted --index-url {INDEX} --trusted-host 203.0.113.9 untrusted"
    )
    results = run_sandbox(tmp_path, proxy=PROXY, command=install, directory=str(SHARED))
    assert results[RUN]["rc"] == 0, results[RUN]
    assert Path("/tmp/untrusted/untrusted.py").exists()
    for command in (
        [*NO_PROXY.split(), *python(FETCH, f"{INDEX}/untrusted/")],
        python(CONNECT, "192.168.1.1", "80"),
        python(CONNECT, "192.168.1.10", "80"),
        python(CONNECT, "192.168.99.5", "22"),
        python(ASK, "203.0.113.9", "53"),
    ):
        failed = run_sandbox(tmp_path, proxy=PROXY, command=command)
        assert not failed[CREATE]["changed"]
        assert failed[RUN]["rc"] not in (0, 126, 127), failed[RUN]
    removed = run_sandbox(tmp_path, state="absent")
    assert removed[CREATE]["changed"]
    shutil.rmtree("/tmp/untrusted")
    assert differences(before, take_snapshot()) == {}


def test_the_command_has_no_rights_and_no_secrets_of_the_host(host: None, tmp_path: Path) -> None:
    sh("ip link set lo up; mkdir -p /run/dbus; touch /run/dbus/system_bus_socket")
    show = (
        "import os; print(os.getuid(), os.getgid(), os.getgroups(),"
        " sorted({*os.environ} - {'LC_CTYPE'}));"
        "print([line.split()[1] for line in open('/proc/self/status') if line[:3] in"
        " ('Cap', 'NoN')]); print(os.listdir('/run/dbus'))"
    )
    results = run_sandbox(tmp_path, command=python(show), environment={"WORD": "it's $HOME"})
    identity, rights, sockets = results[RUN]["stdout_lines"]
    assert identity == "65534 65534 [] ['HOME', 'PATH', 'WORD']"
    none = "0" * 16
    assert rights == str([none, none, none, none, none, "1"])
    assert sockets == "[]"
    shown = run_sandbox(tmp_path, command="printenv WORD", environment={"WORD": "it's $HOME"})
    assert shown[RUN]["stdout"] == "it's $HOME"


def test_what_is_listed_is_reached_over_both_families(lan: None, tmp_path: Path) -> None:
    networks = ["192.168.99.0/29", "fd00:99::/64"]
    allow = [
        {"to": [{"network": "203.0.113.9"}], "protocol": "tcp", "ports": [80]},
        {"to": [{"network": "2001:db8::9"}], "protocol": "icmpv6"},
    ]
    fetch = python(FETCH, f"{INDEX}/untrusted/")
    results = run_sandbox(tmp_path, network=networks, allow=allow, command=fetch)
    assert results[RUN]["stdout"] == "200"
    sh("ip netns exec sandbox ping -c1 -w30 2001:db8::9")
    sh("! ip netns exec sandbox ping -c1 -W1 fd00:1::10")
    sh("! ip netns exec sandbox ping -c1 -W1 203.0.113.9")


def test_what_is_listed_by_name_is_reached(lan: None, tmp_path: Path) -> None:
    if shutil.which("dnsmasq") is None:
        pytest.skip("the program dnsmasq is missing")
    names = [
        "--conf-file=/dev/null",
        "--pid-file=",
        "--no-hosts",
        "--no-resolv",
        "--keep-in-foreground",
    ]
    names += [
        "--host-record=index.example.org,203.0.113.9",
        "--host-record=other.example.org,192.168.1.10",
    ]
    allow = [{"to": [{"dns": "index.example.org"}], "protocol": "tcp"}]
    options: dict[str, Any] = {"allow": allow, "nameservers": ["203.0.113.9"]}
    with serve("internet", "dnsmasq", *names):
        wait_for("internet", 53)
        fetch = python(FETCH, "http://index.example.org/simple/untrusted/")
        results = run_sandbox(tmp_path, command=fetch, **options)
        assert results[RUN]["stdout"] == "200"
        for command in (
            python(CONNECT, "other.example.org", "8888"),
            python(CONNECT, "203.0.113.9", "53"),
            python(ASK, "203.0.113.9", "53"),
        ):
            failed = run_sandbox(tmp_path, command=command, **options)
            assert not failed[CREATE]["changed"]
            assert failed[RUN]["rc"] not in (0, 126, 127), failed[RUN]
        assert run_sandbox(tmp_path, state="absent")[CREATE]["changed"]


def test_check_mode_runs_nothing(host: None, tmp_path: Path) -> None:
    sh("ip link set lo up")
    before = take_snapshot()
    results = run_sandbox(tmp_path, check_mode=True, command=["touch", "/tmp/run-in-check-mode"])
    assert results[CREATE]["changed"]
    assert not Path("/tmp/run-in-check-mode").exists()
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            {"alow": []},
            "sandbox_alow: None: there is no such variable; did you mean sandbox_allow?",
        ),
        ({"proxy": "http://proxy:3128"}, "sandbox_proxy: None: is not http://ADDRESS:PORT"),
        ({"user": "root", "command": "id"}, "sandbox_user: 'root': has all rights on the host"),
        ({"allow": [{"port": 80}]}, "sandbox_allow[0].port"),
        ({"nameservers": ["dns"]}, "sandbox_nameservers[0]: 'dns': is not an IPv4 or IPv6 address"),
        ({"environment": {"A B": "c"}}, "sandbox_environment: '(hidden)': is not the name"),
        ({"command": "echo 'open"}, 'sandbox_command: "echo \'open": cannot be split'),
    ],
)
def test_a_wrong_variable_is_told_before_anything_is_touched(
    host: None, tmp_path: Path, variables: dict[str, Any], message: str
) -> None:
    sh("ip link set lo up")
    before = take_snapshot()
    results = run_sandbox(tmp_path, **{"command": "true", **variables})
    failed = next(result["msg"] for result in results.values() if result["ended"] == "failed")
    assert message in failed
    assert differences(before, take_snapshot()) == {}


def test_the_playbook_shows_the_output_and_leaves_nothing(host: None, tmp_path: Path) -> None:
    sh("ip link set lo up")
    before = take_snapshot()
    sources = write_inventory(tmp_path, LOCALHOST)
    word = '{"sandbox_command": ["echo", "from within"]}'
    done = run_ansible(["ansible-playbook", *sources, "redblue.netns.sandbox", "-e", word])
    assert done.returncode == 0, done.stdout
    assert "from within" in done.stdout
    assert differences(before, take_snapshot()) == {}
    fails = '{"sandbox_command": ["false"]}'
    done = run_ansible(["ansible-playbook", *sources, "redblue.netns.sandbox", "-e", fails])
    assert done.returncode != 0
    assert differences(before, take_snapshot()) == {}
