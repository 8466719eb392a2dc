# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the files of the virtual machine to standard output, as an initramfs archive.

python tests/vm/pack.py KERNEL COMPILED COMMAND...
The files are those of this machine: what Debian's packages installed, the modules of the kernel
unpacked below KERNEL, this checkout, its bytecode that a private host wrote below COMPILED
(PYTHONPYCACHEPREFIX), and what the tests need of its virtual environment. They run
with Debian's Python and Debian's pyroute2. No system is installed for a test, and the tests run on
the present versions.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import itertools
import os
import py_compile
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "conntrack",
    "containernetworking-plugins",
    "iproute2",
    "iptables",
    "iputils-ping",
    "kmod",
    "mount",
    "nftables",
    "openvswitch-switch",
    "procps",
    "python3-pyroute2",
    "strace",
)
"""Packages of the tests, in addition to the essential ones of Debian."""
DISTRIBUTIONS = ("ansible-core", "hypothesis", "pytest")
"""Distributions that the tests import; they and their requirements come from the virtual
environment, as its lock file pins them.
"""

_NOT_LISTED = (
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/etc/passwd",
    "/etc/group",
    "/etc/ld.so.cache",
    "/etc/machine-id",
)
"""Files of the system that no package lists, in addition to the alternatives."""
_UNUSED = re.compile(
    r"/usr/share/(doc|man|info|locale|lintian|perl5)/|/usr/lib/x86_64-linux-gnu/(gconv|perl-base)/"
)
_DEPENDENCIES = (
    "--recurse",
    "--installed",
    *(
        f"--no-{kind}"
        for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
    ),
)
_PYTHON = "/usr/bin/python3"
_numbers = itertools.count(1)

Places = Iterator[tuple[str, Path]]
"""(path in the virtual machine, path here) of each file."""


def _ask(*command: str) -> list[str]:
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()


def find_packaged() -> Places:
    """The files of the packages and of all that they depend on."""
    installed = dict(
        line.split()
        for line in _ask("dpkg-query", "--show", "--showformat=${Package} ${Essential}\n")
    )
    essential = [name for name, essential in installed.items() if essential == "yes"]
    needed = [
        line
        for line in dict.fromkeys(
            _ask("apt-cache", "depends", *_DEPENDENCIES, *PACKAGES, *essential)
        )
        if line in installed
    ]
    for name in dict.fromkeys([*_NOT_LISTED, *_ask("dpkg-query", "--listfiles", *needed)]):
        # Packages still say /bin/bash, where /bin is a link.
        path = Path(name).parent.resolve() / Path(name).name
        if path.name and not _UNUSED.search(f"{path}/"):
            yield str(path), path
    for path in (
        path
        for folder in ("/etc/alternatives", "/usr/bin", "/usr/sbin")
        for path in Path(folder).iterdir()
    ):
        if path.is_symlink() and "/etc/alternatives/" in f"{path} {os.readlink(path)}":
            yield str(path), path


def find_below(folder: Path, at: str) -> Places:
    """The files below a directory."""
    for path in folder.rglob("*"):
        yield f"{at}/{path.relative_to(folder)}", path


def find_checkout() -> Places:
    """This checkout as Git sees it, with changes that are not committed."""
    for name in _ask(
        "git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"
    ):
        yield str(ROOT / name), ROOT / name


def find_distributions() -> Places:
    """What pip installed for the tests, at the path where Debian's Python finds it."""
    (library,) = _ask(
        _PYTHON, "-c", "import sys; print('lib/python%d.%d/site-packages' % sys.version_info[:2])"
    )
    seen: set[str] = set()
    left = list(DISTRIBUTIONS)
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        if name not in seen:
            seen.add(name)
            distribution = importlib.metadata.distribution(name)
            requirements = map(Requirement, distribution.requires or ())
            left += [
                requirement.name
                for requirement in requirements
                if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            ]
            for file in distribution.files or ():
                yield (
                    os.path.normpath(ROOT / ".venv" / library / file),
                    Path(str(distribution.locate_file(file))),
                )


def find_compiled(files: dict[str, Path]) -> Places:
    """Bytecode, compiled here if both Pythons have one version: compiling takes most of the
    start there.
    """
    (tag,) = _ask(_PYTHON, "-c", "import sys; print(sys.implementation.cache_tag)")
    for name, path in files.items():
        if name.endswith(".py") and tag == sys.implementation.cache_tag:
            compiled = Path(importlib.util.cache_from_source(str(path)))
            if not compiled.exists() and ROOT / ".venv" in path.parents:
                py_compile.compile(str(path), quiet=2)
            if compiled.exists():
                yield importlib.util.cache_from_source(name), compiled


def find_compiled_checkout(compiled: Path) -> Places:
    """Bytecode of the checkout, also of tests as pytest rewrites them."""
    for name, path in find_below(
        compiled / "run/tree/ansible_collections/redblue/netns", str(ROOT)
    ):
        if name.endswith(".pyc"):
            yield str(Path(name).parent / "__pycache__" / path.name), path


def write(name: str, mode: int, content: bytes = b"", changed: int = 0) -> None:
    """Write a file in the format ``newc`` (Documentation/driver-api/early-userspace/ buffer-
    format.rst in the kernel's source).
    """
    text = name.lstrip("/").encode() + b"\0"
    fields = (next(_numbers), mode, 0, 0, 1, changed, len(content), 0, 0, 0, 0, len(text), 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + text
    sys.stdout.buffer.write(head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4))


def main(kernel: Path, compiled: Path, command: list[str]) -> None:
    """Write the archive: each directory before its content."""
    files = {"/init": ROOT / "tests" / "vm" / "init"}
    for places in (
        find_packaged(),
        find_below(kernel / "lib", "/usr/lib"),
        find_checkout(),
        find_distributions(),
    ):
        files.update(places)
    files.update(dict(find_compiled(files)))
    files.update(find_compiled_checkout(compiled))
    folders = {str(folder) for name in files for folder in Path(name).parents[:-1]} - files.keys()
    files.update(dict.fromkeys(folders, ROOT))
    for name, path in sorted(files.items()):
        with contextlib.suppress(FileNotFoundError, PermissionError):
            status = path.lstat()
            content = (
                os.readlink(path).encode()
                if path.is_symlink()
                else path.read_bytes()
                if path.is_file()
                else b""
            )
            write(name, status.st_mode, content, int(status.st_mtime))
    write(
        f"{ROOT}/.venv/pyvenv.cfg",
        stat.S_IFREG | 0o644,
        b"home = /usr/bin\ninclude-system-site-packages = true\n",
    )
    for name in ("python", "python3"):
        write(f"{ROOT}/.venv/bin/{name}", stat.S_IFLNK | 0o777, _PYTHON.encode())
    write(
        "/command",
        stat.S_IFREG | 0o755,
        f"#!/bin/bash\ncd {shlex.quote(str(ROOT))} && exec {shlex.join(command)}\n".encode(),
    )
    write("TRAILER!!!", 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
