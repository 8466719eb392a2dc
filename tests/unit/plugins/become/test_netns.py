# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command that the become plugin builds."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible_collections.redblue.netns.tests.unit.support.become import make_plugin, make_shell


def build(command: str = "true", **options: Any) -> str:
    return make_plugin(**options).build_become_command(command, make_shell())


def split(command: str) -> tuple[str, str, str, list[str]]:
    """The arguments of the script: namespace, user, command, and what makes root."""
    message = shlex.split(command)
    assert message[:2] == ["/bin/sh", "-c"] and message[3] == "redblue.netns.netns"
    return message[4], message[5], message[6], message[9:]


def test_the_command_is_one_line_of_quoted_words() -> None:
    command = build('echo "it\'s" $HOME', become_user="app")
    assert "\n" not in command
    netns, user, run, escalate = split(command)
    assert (netns, user, escalate) == ("red", "app", ["sudo", "-H", "-S", "-n"])
    shell, flag, script = shlex.split(run)
    assert (
        (shell, flag) == ("/bin/sh", "-c")
        and script.startswith("echo BECOME-SUCCESS-")
        and script.endswith(' ; echo "it\'s" $HOME')
    )


@pytest.mark.parametrize("user", ["root", "", None])
def test_root_needs_no_second_user_change(user: Any) -> None:
    assert split(build(become_user=user))[1] == ""


@pytest.mark.parametrize(
    "flags, left",
    [
        ("-H -S -n", ["-H", "-S"]),
        ("-HSn", ["-HS"]),
        ("-nHS --non-interactive", ["-HS"]),
        ("-S -p 'a word'", ["-S", "-p", "a word"]),
        ("", []),
        (None, []),
    ],
)
def test_sudo_prompts_if_there_is_a_password(flags: str | None, left: list[str]) -> None:
    plugin = make_plugin(become_flags=flags, become_pass="secret")
    command = plugin.build_become_command("true", make_shell())
    assert split(command)[3] == ["sudo", *left, "-p", plugin.prompt]
    assert "secret" not in command
    assert plugin.expect_prompt() and plugin.check_password_prompt(plugin.prompt.encode())


@pytest.mark.parametrize(
    "exe, message",
    [
        ("/opt/my\\ sudo", ["/opt/my sudo"]),
        ("nsenter -t 1 --user", ["nsenter", "-t", "1", "--user"]),
        ("", ["sudo"]),
    ],
)
def test_become_exe_may_have_arguments(exe: str, message: list[str]) -> None:
    assert split(build(become_exe=exe, become_flags=""))[3] == message


def test_an_empty_command_stays_empty() -> None:
    assert build("") == ""


@pytest.mark.parametrize(
    "netns, message",
    [
        (None, "ansible_netns: None: is empty; set it to"),
        ("", "ansible_netns: '': is empty; set it to"),
        (" \n", "is empty; set it to"),
        ("../etc", "ansible_netns: '../etc': the name of a network namespace has only"),
        ("/run/netns/red", "ansible_netns"),
        ("-all", "ansible_netns"),
        ("red\n", "ansible_netns"),
        ("$(id)", "ansible_netns"),
        ("röt", "ansible_netns"),
        ("all", "reserved"),
        ("r" * 65, "65 bytes"),
    ],
)
def test_an_invalid_namespace_is_refused(netns: Any, message: str) -> None:
    with pytest.raises(AnsibleError) as caught:
        build(netns=netns)
    assert message in str(caught.value) and "was not run" in str(caught.value)


@pytest.mark.parametrize("user", ["-c id", "--", "a b", "a/b", "a:b", "\n", " "])
def test_an_invalid_user_is_refused(user: Any) -> None:
    with pytest.raises(
        AnsibleError, match="become_user: .* is not a valid user name. The task was not run"
    ):
        build(become_user=user)
