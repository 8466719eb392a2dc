# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine with a kernel of its own, which is Debian's, on the bridge mgmt."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from booted.machine import ENVIRONMENT, Machine, wait_for

_BOOT_SECONDS = 300
"""Its processor is emulated."""


@dataclass
class VirtualMachine(Machine):
    """A virtual machine, which is reached by SSH only. KVM is not used: it may hang."""

    disk: Path = Path()
    """What disk-image built. What the machine writes is gone when it is switched off."""
    kernel: Path = Path()
    """The file of the kernel."""

    def start(self) -> None:
        port = f"to-{self.name}"
        self.at.mkdir(exist_ok=True)
        for command in (f"tuntap add {port} mode tap", f"link set {port} master mgmt up"):
            subprocess.run(["ip", *command.split()], check=True)
        words = f"""
            qemu-system-x86_64 -accel tcg,thread=multi -m 1536
            -cpu max,-erms,-smap,-smep,-avx,-avx2,-fma,-f16c
            -display none -monitor none -serial file:{self.at}/console
            -drive file={self.disk},if=none,id=disk,format=raw,snapshot=on
            -device nvme,drive=disk,serial=disk
            -netdev tap,id=net,ifname={port},script=no,downscript=no
            -device virtio-net-pci,netdev=net
            -kernel {self.kernel} -append
        """.split()
        parameters = "root=/dev/nvme0n1 rw console=ttyS0 quiet panic=-1 mitigations=off apparmor=0"
        self.process = subprocess.Popen(
            [*words, f"{parameters} net.ifnames=0"],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def await_boot(self) -> None:
        self._await_other_boot("")

    def _await_other_boot(self, after: str) -> None:
        wait_for(
            lambda: self._read_boot_id() not in ("", after), f"{self.name} boots", _BOOT_SECONDS
        )
        self.await_units()

    def _read_boot_id(self) -> str:
        return self.attempt("cat /proc/sys/kernel/random/boot_id").stdout.strip()

    def enter(self, *command: str) -> list[str]:
        return [*self._ssh(), shlex.join([*ENVIRONMENT, *command])]

    def _ssh(self, *options: str) -> list[str]:
        variables = self.ssh()
        key = variables["ansible_ssh_private_key_file"]
        shared = (
            f"-i {key} -o ControlMaster=auto -o ControlPersist=yes -o ControlPath={self.at}/ssh"
        )
        words = f"ssh -q {variables['ansible_ssh_common_args']} {shared}".split()
        return [*words, *options, f"root@{self.address}"]

    def reboot(self) -> None:
        before = self._read_boot_id()
        self.attempt("systemctl reboot")
        subprocess.run(self._ssh("-O", "exit"), capture_output=True, check=False)
        self._await_other_boot(before)

    def kill(self) -> None:
        if self.process is None:
            return
        subprocess.run(self._ssh("-O", "exit"), capture_output=True, check=False)
        self.process.kill()
        self.process.wait()
        self.process = None
        subprocess.run(["ip", "link", "delete", f"to-{self.name}"], check=True)
