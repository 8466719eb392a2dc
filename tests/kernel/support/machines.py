# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts of an inventory: each with an sshd, a network, users, namespaces and files.

They are processes in namespaces of their own, on a management network.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.private_host import IS_REAL_ROOT, private_host

PASSWORD = "swordfish"
_HASH = (
    "$6$netns$hoLXf1LCuUNh/rV7KmYafdAIL11F0B7B24z27zHja32D"
    "ktdYJavBIbgXrPGY/03jqyC6k1n7fT.RBO5PPKuHI1"
)
_USERS = {"root": 0, "trusty": 3001, "deploy": 3002, "app": 3003}
"""Of these users trusty becomes root without a password, deploy with one, and app not at all."""
_SUDOERS = """
Defaults env_reset, timestamp_timeout=0
trusty ALL=(ALL:ALL) NOPASSWD: ALL
deploy ALL=(ALL:ALL) ALL
"""
_SSHD = """
HostKey {at}/host_key
AuthorizedKeysFile {at}/key.pub
StrictModes no
PidFile none
UsePAM no
PermitRootLogin yes
MaxStartups 100
Subsystem sftp internal-sftp
"""
_MACHINE = """
at=$1
cp -a /etc $at/etc
rm -rf $at/etc/netns $at/etc/sudoers.d/*
install -m 644 $at/{passwd,group,hosts} $at/etc
install -m 400 $at/{shadow,sudoers} $at/etc
mount --bind $at/etc /etc
mount -t tmpfs -o mode=755 tmpfs /home
# An overlay, for the checkout may lie in it.
mkdir -m 1777 $at/tmp $at/tmp-work
mount -t overlay overlay -o lowerdir=/tmp,upperdir=$at/tmp,workdir=$at/tmp-work,userxattr /tmp
mount -t tmpfs -o mode=755 tmpfs /run/netns
mkdir -p -m 700 /run/redblue-netns
mount -t tmpfs -o mode=700 tmpfs /run/redblue-netns
mkdir -p /run/sshd /home/{root,trusty,deploy,app}
for user in root trusty deploy app; do chown $user:$user /home/$user; done
hostname $2
ip link set lo up
exec /usr/sbin/sshd -D -e -f $at/sshd_config
"""
LAB_COMMANDS = """
ip netns add red
ip netns add blue
ip link add v-net-0 type bridge
ip addr add 192.168.15.5/24 dev v-net-0
ip link set v-net-0 up
for name in red blue; do
    ip link add veth-$name-br type veth peer name veth-$name netns $name
    ip link set veth-$name-br master v-net-0 up
    ip -n $name link set lo up
    ip -n $name link set veth-$name up
done
ip -n red addr add 192.168.15.1/24 dev veth-red
ip -n blue addr add 192.168.15.2/24 dev veth-blue
ip -n red route add default via 192.168.15.5
mkdir -p /etc/netns/red
echo "nameserver 192.0.2.53" >/etc/netns/red/resolv.conf
"""


_UNSHARE = "unshare --net --mount --uts --pid --fork --kill-child=KILL --mount-proc".split()


@dataclass
class Machine:
    """A machine with the namespaces red and blue on a bridge."""

    name: str
    address: str
    at: Path
    pid: int

    def enter(self, *command: str) -> list[str]:
        """The command line that runs a command on the machine, as root and without SSH."""
        return ["nsenter", f"--target={self.pid}", "--net", "--mount", "--uts", "--pid", *command]

    def enter_as(self, user: str, *command: str) -> list[str]:
        """The command line that runs a command as this user.

        The user may also read what only root can read: this checkout and its Python may be in a
        home directory.
        """
        number = str(_USERS[user])
        may_read = (
            []
            if user == "root"
            else ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        )
        message = ["env", f"HOME=/home/{user}", f"USER={user}", "TMPDIR=/tmp"]
        return self.enter(
            "setpriv",
            f"--reuid={number}",
            f"--regid={number}",
            "--clear-groups",
            *may_read,
            *message,
            *command,
        )

    def run(self, script: str) -> str:
        """Run a script as root on the machine; return its standard output."""
        done = subprocess.run(
            self.enter("bash", "-euc", script), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def inode(self, netns: str) -> str:
        """The target of /proc/self/ns/net in that namespace; ``host`` is the machine's own."""
        path = "/proc/self/ns/net" if netns == "host" else f"/run/netns/{netns}"
        return f"net:[{self.run(f'stat -L -c %i {path}').strip()}]"

    def ssh(self, user: str) -> dict[str, Any]:
        """The variables of the inventory for this machine, reached by SSH as this user."""
        options = (
            "-F /dev/null -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o "
            "LogLevel=ERROR"
        )
        return {
            "ansible_host": self.address,
            "ansible_user": user,
            "ansible_ssh_private_key_file": f"{self.at}/key",
            "ansible_ssh_common_args": options,
            "ansible_control_path_dir": str(self.at),
            "ansible_python_interpreter": "/usr/bin/python3",
        }


def _write_files(at: Path, name: str) -> None:
    """Write the files of this machine: users, groups, sudoers, sshd's configuration and keys."""
    users = "".join(
        f"{user}:x:{number}:{number}::/home/{user}:/bin/bash\n" for user, number in _USERS.items()
    )
    other_users = "".join(
        f"{line}\n"
        for line in Path("/etc/passwd").read_text().splitlines()
        if line.split(":")[0] not in _USERS
    )
    (at / "passwd").write_text(users + other_users)
    groups = "".join(f"{user}:x:{number}:\n" for user, number in _USERS.items())
    (at / "group").write_text(
        groups
        + "".join(
            f"{line}\n"
            for line in Path("/etc/group").read_text().splitlines()
            if line.split(":")[0] not in _USERS
        )
    )
    (at / "shadow").write_text(
        "".join(
            f"{user}:{_HASH if user == 'deploy' else '*'}:19000:0:99999:7:::\n" for user in _USERS
        )
    )
    (at / "sudoers").write_text(_SUDOERS)
    (at / "hosts").write_text(f"127.0.0.1 localhost {name}\n")
    (at / "sshd_config").write_text(_SSHD.format(at=at))
    for key in ("key", "host_key"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(at / key)], check=True
        )


def _await_sshd(address: str) -> None:
    for _attempt in range(100):
        with contextlib.suppress(OSError), socket.create_connection((address, 22), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"no server listens on {address}:22")


@contextlib.contextmanager
def machine(name: str, number: int) -> Iterator[Machine]:
    """Start a machine, and stop it at the end.

    The host of the calling process has the bridge mgmt, 10.99.0.1/24.
    """
    address = f"10.99.0.{number}"
    # A short path: a socket is made below it (108 bytes: unix(7)).
    at = Path(tempfile.mkdtemp(dir="/run", prefix="m"))
    at.chmod(0o755)
    _write_files(at, name)
    command = [*_UNSHARE, "bash", "-euc", _MACHINE, "machine", str(at), name]
    with (
        (at / "log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            started = Machine(name, address, at, _find_init(process.pid))
            _connect(started)
            started.run(LAB_COMMANDS)
            yield started
        finally:
            process.kill()
            process.wait()
    shutil.rmtree(at)


def _connect(machine: Machine) -> None:
    """Connect the machine to the management network, and wait for its sshd."""
    port = f"to-{machine.name}"
    peer = ["type", "veth", "peer", "name", "eth0", "netns", str(machine.pid)]
    subprocess.run(["ip", "link", "add", port, "master", "mgmt", "up", *peer], check=True)
    machine.run(f"ip addr add {machine.address}/24 dev eth0; ip link set eth0 up")
    _await_sshd(machine.address)


def _find_init(pid: int) -> int:
    """Wait until the machine has its own network; return the process id of its init."""
    own = os.stat("/proc/self/ns/net").st_ino
    for _attempt in range(200):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if children and os.stat(f"/proc/{children[0]}/ns/net").st_ino != own:
            return int(children[0])
        time.sleep(0.01)
    raise AssertionError("the machine does not start")


@contextlib.contextmanager
def fleet(*names: str) -> Iterator[list[Machine]]:
    """Machines on one management network; this process is the controller."""
    if not IS_REAL_ROOT:
        pytest.skip("sshd and sudo want to be the real root")
    for program in ("/usr/sbin/sshd", "/usr/bin/sudo"):
        if not os.path.exists(program):
            pytest.skip(f"{program} is not installed")
    with private_host(), contextlib.ExitStack() as stack:
        subprocess.run(["ip", "link", "add", "mgmt", "type", "bridge"], check=True)
        subprocess.run(["ip", "addr", "add", "10.99.0.1/24", "dev", "mgmt"], check=True)
        subprocess.run(["ip", "link", "set", "mgmt", "up"], check=True)
        yield [stack.enter_context(machine(name, number)) for number, name in enumerate(names, 2)]


READ_NETNS = "readlink /proc/self/ns/net"


# Entries of /run/netns that are no namespaces, and one whose files cannot be bound.
TRAPS = """
touch /run/netns/stale /run/netns/own /run/netns/uts
mkdir /run/netns/directory
mkfifo /run/netns/fifo
ln -s /proc/1/ns/net /run/netns/link
mount --bind /proc/1/ns/net /run/netns/own
mount --bind /proc/1/ns/uts /run/netns/uts
ip netns add unbound
mkdir -p /etc/netns/unbound
touch /etc/netns/unbound/not-in-etc
"""
