# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resolver configurations that were changed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict

from support.doctor import diagnose_host
from support.failing_host import fail_at_change
from support.shell import sh
from support.tasks import Raw, run, run_as_predicted

_FILE = Path("/etc/netns/red/resolv.conf")
_RED: Raw = {"name": "red", "nameservers": ["192.0.2.53"], "search": ["lab.example.com"]}
_WRITTEN = b"# redblue.netns\nsearch lab.example.com\nnameserver 192.0.2.53\n"


@pytest.mark.parametrize(
    "script",
    [
        "echo 'options ndots:9' >> F",
        "echo 'nameserver 192.0.2.66' >> F",
        "sed -i s/192.0.2.53/192.0.2.66/ F",
        "echo '# a comment' >> F",
        "sed -i 's/^search lab/search  lab/' F",
        "printf 'nameserver 192.0.2.53' >> F",
        "printf '\\xff\\r\\n' >> F",
        "sed -i '2{h;d};$G' F",
    ],
)
def test_a_file_that_was_changed_is_written_again(host: None, script: str) -> None:
    run("netns", **_RED)
    assert _FILE.read_bytes() == _WRITTEN
    sh(script.replace("F", str(_FILE)))
    changed = _FILE.read_bytes()
    assert changed != _WRITTEN
    done = run_as_predicted("netns", **_RED)
    assert done["actions"] == [f"change {_FILE}"] and _FILE.read_bytes() == _WRITTEN
    assert done["diff"]["before"] != done["diff"]["after"]


def test_the_diff_shows_what_was_added(host: None) -> None:
    run("netns", **_RED)
    with _FILE.open("a", encoding="utf-8") as file:
        file.write("options ndots:9\n\x1b[31m\n")
    diff = run("netns", check=True, **_RED)["diff"]
    assert "changed by hand: options ndots:9; ?[31m" in diff["before"]


def test_the_doctor_finds_a_file_that_was_changed(host: None) -> None:
    lab: Raw = {"name": "lab", "netns": [_RED]}
    run("topology", **lab)
    assert "differs" not in {finding.check for finding in diagnose_host(lab)}
    sh(f"echo 'options ndots:9' >> {_FILE}")
    assert "differs" in {finding.check for finding in diagnose_host(lab)}


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_rollback_restores_a_file_that_was_changed_byte_for_byte(host: None, state: str) -> None:
    run("topology", name="lab", netns=[_RED])
    changed = _WRITTEN + b"options ndots:9\r\n# \xff"
    _FILE.write_bytes(changed)
    bridge = {"linux_bridge": [{"name": "br0"}]} if state == "present" else {}
    wanted = {"name": "lab", "netns": [_RED], **bridge, "state": state}
    script = "ip link add br0 type bridge" if bridge else "chattr +i /run/below/red"
    if not bridge:
        sh("mkdir /run/below; mount --make-private /run/netns; mount --bind /run/netns /run/below")
    try:
        message = fail_at_change(0, script, **wanted)
        assert "could not be undone" not in message and f"{_FILE}" in message
        assert _FILE.read_bytes() == changed
    finally:
        if not bridge:
            sh("chattr -i /run/below/red; umount /run/below; rmdir /run/below")


def test_a_file_of_others_is_not_written(host: None) -> None:
    run("netns", name="red")
    sh(f"mkdir -p {_FILE.parent}; echo 'nameserver 192.0.2.66' > {_FILE}")
    with pytest.raises(Conflict, match="was not written by this collection"):
        run("netns", **_RED)
    text = "search lab.example.com\nnameserver 192.0.2.53\noptions ndots:9\n"
    _FILE.write_text(text, encoding="utf-8")
    assert not run("netns", **_RED)["changed"] and _FILE.read_text(encoding="utf-8") == text
