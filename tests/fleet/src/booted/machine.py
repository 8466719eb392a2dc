# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine that its own systemd boots, in namespaces of its own, on the bridge mgmt."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.patience import patience

_BOOT = Path(__file__).resolve().parents[2] / "boot"
ENVIRONMENT = "env -i HOME=/root LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin".split()
_SERVICES = """
dbus.service dbus.socket systemd-logind.service systemd-networkd.service systemd-networkd.socket
systemd-networkd-wait-online.service systemd-ask-password-console.path
systemd-ask-password-wall.path
""".split()
_NETWORK = """[Match]
Name=eth0
[Network]
Address={address}/24
LinkLocalAddressing=no
IPv6AcceptRA=no
"""


def wait_for(done: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until something is true. The limit only ends a hang."""
    end = time.monotonic() + patience(seconds)
    while not done():
        assert time.monotonic() < end, f"after {patience(seconds):.0f} s: not {what}"
        time.sleep(0.05)


@dataclass
class Machine:
    """A machine of the fleet."""

    name: str
    address: str
    at: Path
    """Its directory: `upper` has its files, which stay over a reboot."""
    root: Path
    """The directory that fleet-root built: the files that all machines share, and the keys."""
    cgroup: Path
    process: subprocess.Popen[bytes] | None = None

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file of a machine that is off: a mounted overlay may not see such changes."""
        file = self.at / "upper" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def install(self) -> None:
        """Write what distinguishes the machine from the others."""
        self.write("/etc/hostname", f"{self.name}\n")
        self.write("/etc/hosts", f"127.0.0.1 localhost {self.name}\n")
        machine_id = Path("/proc/sys/kernel/random/uuid").read_text(encoding="ascii")
        self.write("/etc/machine-id", machine_id.replace("-", ""))
        network = _NETWORK.format(address=self.address)
        self.write("/etc/systemd/network/10-management.network", network)
        (self.at / "upper/etc/systemd/system").mkdir()

    def leave_out_services(self) -> None:
        """Have the machine start fewer services: no udev, D-Bus, logind and networkd."""
        (self.at / "address").write_text(self.address, encoding="ascii")
        for unit in _SERVICES:
            (self.at / "upper/etc/systemd/system" / unit).symlink_to("/dev/null")

    def start(self) -> None:
        """Switch the machine on."""
        (self.at / "leader").unlink(missing_ok=True)
        paths = (_BOOT, self.at, self.root / "root", self.name, self.cgroup)
        with (self.at / "console").open("ab") as console:
            self.process = subprocess.Popen(
                ["bash", *map(str, paths)],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )

    @property
    def leader(self) -> int:
        """The id of the process 1 of the machine in this private host; 0 while there is none."""
        try:
            return int((self.at / "leader").read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0

    def await_boot(self) -> None:
        """Wait until all units of the machine have started."""
        self._await_leader(0)

    def _await_leader(self, after: int) -> None:
        """
        :param after: the leader of the boot before.
        """
        wait_for(lambda: self.leader not in (0, after), f"{self.name} boots")
        wait_for(
            lambda: self._probe("test -S /run/systemd/private"), f"{self.name} has its systemd"
        )
        self.await_units()

    def await_units(self) -> None:
        """Wait until systemd has started all units, none of which may fail."""
        state = self.attempt("systemctl is-system-running --wait").stdout.strip()
        failed = "systemctl --failed --plain --no-legend | cut -d' ' -f1"
        shown = f"for unit in $({failed}); do echo $unit; journalctl -b -o cat -n 30 -u $unit; done"
        assert state == "running", f"{state}\n{self.attempt(shown).stdout}"

    def enter(self, *command: str) -> list[str]:
        """The command line that runs a command on the machine as root, without SSH."""
        return ["nsenter", f"--target={self.leader}", "--all", *ENVIRONMENT, *command]

    def attempt(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script as root on the machine, which may fail."""
        command = self.enter("bash", "-euc", script)
        return subprocess.run(
            command, cwd="/", capture_output=True, text=True, check=False, timeout=patience(300)
        )

    def run(self, script: str) -> str:
        """Run a script as root on the machine; return its standard output."""
        done = self.attempt(script)
        assert done.returncode == 0, f"{self.name}: {script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _probe(self, script: str) -> bool:
        return self.attempt(script).returncode == 0

    def reboot(self) -> None:
        """Reboot the machine as its administrator does, and wait until it is up again."""
        before = self.leader
        self.attempt("systemctl reboot")
        self._await_leader(before)

    def kill(self) -> None:
        """Take away the power."""
        if self.process is None:
            return
        # Process 1 of the machine is killed with its parent (unshare --kill-child).
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
        subprocess.run(["umount", str(self.at / "net")], check=False, capture_output=True)
        wait_for(self._is_gone, f"the processes of {self.name} have ended")

    def _is_gone(self) -> bool:
        events = self.cgroup / "cgroup.events"
        return not events.exists() or "populated 0" in events.read_text(encoding="ascii")

    def set_cable(self, plugged: bool) -> None:
        """Plug or unplug the cable of the management network."""
        state = "up" if plugged else "down"
        subprocess.run(["ip", "link", "set", f"to-{self.name}", state], check=True)

    def ssh(self, user: str = "root") -> dict[str, Any]:
        """The variables of the inventory for this machine, reached by SSH as this user."""
        options = f"-F /dev/null -o UserKnownHostsFile={self.root}/known_hosts"
        # A connection that was cut off ends.
        options += " -o ServerAliveInterval=5 -o ServerAliveCountMax=3"
        return {
            "ansible_host": self.address,
            "ansible_user": user,
            "ansible_ssh_private_key_file": f"{self.root}/key",
            "ansible_ssh_common_args": options,
            "ansible_python_interpreter": "/usr/bin/python3",
        }
