# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command private-host for the tests of other projects, as an ordinary user of a machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.patience import await_equal
from support.private_host import IS_REAL_ROOT
from support.shell import ip, sh
from support.snapshot import differences, take_snapshot

EXTENSION = Path("/run/tree/ansible_collections/redblue/netns/extensions/private_host")
COMMAND = str(EXTENSION / "private-host")
UID = "4711"
AS_USER = [
    *("setpriv", "--reuid", UID, "--regid", UID, "--clear-groups"),
    *("env", "-i", "HOME=/nonexistent", "PATH=/usr/bin:/bin"),
]
FAR = "192.0.2.99"

needs_users = pytest.mark.skipif(not IS_REAL_ROOT, reason="no other user to become")


def run_as_user(*words: str, script: str = "true") -> subprocess.CompletedProcess[str]:
    """Run a script of bash in a private host, as an ordinary user."""
    return subprocess.run(
        [*AS_USER, COMMAND, *words, "bash", "-euc", script],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def list_processes(word: str) -> list[str]:
    """The commands of processes with an argument."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            arguments = path.read_bytes().split(b"\0")
            if word.encode() in arguments:
                found.append(arguments[0].decode())
    return found


def write_index(at: Path) -> None:
    """An index of packages for pip, with one package."""
    info = "demo-1.0.dist-info"
    files = {
        "demo.py": "ANSWER = 42\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "demo.py,,\n",
    }
    (at / "simple" / "demo").mkdir(parents=True)
    path = at / "simple" / "demo" / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


@pytest.fixture
def way_out(host: None, tmp_path: Path) -> Iterator[None]:
    """A machine with a route to a server of packages, where every user may make TAP devices."""
    write_index(tmp_path)
    ip("netns add lan\nlink add eth0 type veth peer name eth0 netns lan\nlink set eth0 up")
    ip(f"link set eth0 up\naddr add {FAR}/24 dev eth0\nlink set lo up", "-n", "lan")
    ip("addr add 192.0.2.2/24 dev eth0\nroute add default via 192.0.2.99")
    sh("mount -t tmpfs -o mode=755 tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200")
    servers = [
        subprocess.Popen([*where, "python3", "-m", "http.server", "--bind", address, "8000"],
                         cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for where, address in ((["ip", "netns", "exec", "lan"], FAR), ([], "127.0.0.1"))
    ]  # fmt: skip
    try:
        for address, netns in ((FAR, "ip netns exec lan"), ("127.0.0.1", "")):
            listening = f"{netns} ss -Htln src {address}:8000"
            assert await_equal(lambda text=listening: bool(sh(text)), True)  # type: ignore[misc]
        yield
    finally:
        for server in servers:
            server.kill()
            server.communicate()
        sh("umount /dev/net")


@needs_users
def test_an_ordinary_user_is_root_of_a_machine_that_leaves_nothing(host: None) -> None:
    before = take_snapshot()
    done = run_as_user(
        "--hostname",
        "web",
        script=(
            "id -u; uname -n; ls /sys/class/net; ip netns add red; ip -n red link set lo up\n"
            "mkdir -p /etc/netns/red; touch /etc/netns/red/hosts /usr/local/sbin/x\n"
            "nft add table inet x; sysctl -qw net.ipv4.ip_forward=1; exit 7"
        ),
    )
    assert (done.returncode, done.stdout.split()) == (7, ["0", "web", "lo"]), done.stderr
    assert differences(before, take_snapshot()) == {}
    assert not os.path.exists("/etc/netns/red") and not os.path.exists("/usr/local/sbin/x")


@needs_users
@pytest.mark.parametrize("words", [[], ["--internet"]], ids=["alone", "internet"])
def test_a_private_host_ends_with_its_command(way_out: None, words: list[str]) -> None:
    process = subprocess.Popen([*AS_USER, COMMAND, *words, "sleep", "86399"], cwd="/")
    assert await_equal(lambda: "sleep" in list_processes("86399"), True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert await_equal(lambda: len(list_processes("86399")), 0) == 0


@needs_users
def test_the_way_out_leads_to_others_and_not_to_the_machine(way_out: None) -> None:
    fetch = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=60).status)"
    for address in (FAR, "127.0.0.1"):
        with_way, without = (
            run_as_user(*words, script=f"python3 -c '{fetch}' http://{address}:8000/")
            for words in (["--internet"], [])
        )
        assert without.returncode != 0
        assert (with_way.stdout == "200\n") == (address == FAR), with_way.stderr
    before = take_snapshot()
    done = run_as_user("--internet", script="ip addr add 10.9.9.9/8 dev lo; cat /etc/resolv.conf")
    assert done.returncode == 0 and "nameserver" in done.stdout, done.stderr
    assert differences(before, take_snapshot()) == {}


@needs_users
def test_packages_are_installed_by_the_way_out(way_out: None) -> None:
    index = f"http://{FAR}:8000/simple/"
    script = f"""
    python3 -m venv /run/tmp/venv
    /run/tmp/venv/bin/pip install --quiet --disable-pip-version-check --no-cache-dir \\
        --trusted-host {FAR} --index-url {index} demo
    /run/tmp/venv/bin/python -c 'import demo; print(demo.ANSWER)'
    """
    done = run_as_user("--internet", script=script)
    assert done.stdout == "42\n", done.stderr


@needs_users
@pytest.mark.skipif(shutil.which("dnsmasq") is None, reason="dnsmasq is not installed")
def test_names_are_resolved_by_the_servers_of_the_machine(way_out: None, tmp_path: Path) -> None:
    resolver = Path("/etc/resolv.conf")
    before = resolver.read_text(encoding="utf-8")
    options = ["--no-daemon", "--no-hosts", "--no-resolv", f"--address=/demo.test/{FAR}"]
    server = subprocess.Popen(
        ["ip", "netns", "exec", "lan", "dnsmasq", "--conf-file=/dev/null", "--user=root", *options],
        stderr=subprocess.DEVNULL,
    )
    try:
        listening = "ip netns exec lan ss -Hlun sport = 53"
        assert await_equal(lambda: bool(sh(listening)), True)
        resolver.write_text(f"nameserver {FAR}\n", encoding="utf-8")
        done = run_as_user("--internet", script="getent ahostsv4 demo.test")
        assert done.stdout.startswith(FAR), done.stderr
    finally:
        resolver.write_text(before, encoding="utf-8")
        server.kill()
        server.wait()


@needs_users
def test_a_machine_that_forbids_user_namespaces_is_told_how_to_permit_them(host: None) -> None:
    """The limit is that of a user namespace in which both root and another user exist."""
    limit = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"'
    # The shell that is started when the users are mapped is root.
    script = f"read; exec bash -euc '{limit}' limited \"$@\""
    with subprocess.Popen(
        ["unshare", "--user", "bash", "-euc", script, "limited", *AS_USER, COMMAND, "true"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        own = os.stat("/proc/self/ns/user").st_ino
        place = Path(f"/proc/{process.pid}")
        assert await_equal(lambda: (place / "ns/user").stat().st_ino != own, True)
        for name in ("uid_map", "gid_map"):
            (place / name).write_text("0 0 65536", encoding="ascii")
        error = process.communicate("\n")[1]
    assert process.returncode == 125, error
    assert "this machine does not let ordinary users create namespaces: unshare" in error
    assert "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" in error
    assert "sysctl -w user.max_user_namespaces=" in error


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "private-host: no command\nusage: private-host"),
        (["--inernet", "true"], "private-host: unknown option --inernet\nusage: private-host"),
        (["--internet", "true"], "private-host: --internet is for ordinary users, and this is"),
    ],
)
def test_a_wrong_command_line_is_refused(host: None, words: list[str], message: str) -> None:
    done = subprocess.run([COMMAND, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 125 and done.stderr.startswith(message)


def test_a_missing_program_is_named(host: None, tmp_path: Path) -> None:
    for name in ("bash", "readlink", "dirname", "id", "cat"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    done = subprocess.run(
        ["bash", "-c", f"PATH={tmp_path}; source {COMMAND} true"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 125 and "unshare is missing; install util-linux" in done.stderr


def test_files_of_a_project_are_written_once(host: None, tmp_path: Path) -> None:
    (tmp_path / "molecule").mkdir()
    own = tmp_path / "molecule" / "config.yml"
    own.write_text("mine", encoding="utf-8")
    command = [str(EXTENSION / "init-molecule"), str(tmp_path)]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        for _number in range(2)
    )
    assert "kept     molecule/config.yml" in first and own.read_text(encoding="utf-8") == "mine"
    assert len([line for line in first if line.startswith("written")]) == 8
    assert [line for line in second if line.startswith("written")] == []


def test_the_workflow_runs_what_the_project_has(host: None, tmp_path: Path) -> None:
    sh(f"{EXTENSION / 'init-molecule'} {tmp_path}")
    path = tmp_path / ".github" / "workflows" / "network-tests.yml"
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert any("kernel.apparmor_restrict_unprivileged_userns=0" in one for one in commands)
    words = commands[-1].split()
    assert os.access(tmp_path / words[0], os.X_OK)
    assert (tmp_path / words[words.index("--base-config") + 1]).is_file()
    done = subprocess.run(
        [words[0], "bash", "-c", "id -u; ls /sys/class/net; command -v redblue_netns_pytest"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "0\nlo\n", done.stderr
