# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of processes as actions, commands and details."""

from __future__ import annotations

from importlib import import_module

from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.processes import (
    ENDED,
    Environment,
    LabProcess,
)
from ansible_collections.redblue.netns.plugins.module_utils._render.dispatch import (
    compose_commands,
    describe_action,
    describe_details,
)

# This registers the functions for processes.
import_module("ansible_collections.redblue.netns.plugins.module_utils._render.processes")

SECRET = "a-secret-word"
WEB = LabProcess(
    "lab",
    "web",
    "red",
    ("sh", "-c", "echo $HOME; sleep 9"),
    "nobody",
    Environment([("WORD", SECRET)]),
    "always",
    "/var/log/web.log",
    pid=77,
)


def test_a_supervised_process_is_started_by_hand_with_ip() -> None:
    assert compose_commands(WEB, None, WEB) == [
        'setsid -f ip netns exec red setpriv --reuid=nobody --regid="$(id -g nobody)" '
        "--init-groups env WORD=\"${WORD:?}\" sh -c 'echo $HOME; sleep 9' "
        "< /dev/null >> /var/log/web.log 2>&1"
    ]
    assert compose_commands(WEB, WEB, None) == ["kill 77"]
    ended = replace(WEB, state=ENDED)
    assert compose_commands(WEB, ended, None) == []


def test_a_unit_is_started_by_hand_with_systemd_run() -> None:
    unit = replace(WEB, unit="redblue-netns-lab-web.service")
    (command,) = compose_commands(unit, None, unit)
    assert command.startswith("systemd-run --unit=redblue-netns-lab-web.service ")
    assert command.endswith("-- sh -c 'echo $$HOME; sleep 9'")
    assert "--property=NetworkNamespacePath=/run/netns/red" in command
    assert compose_commands(unit, unit, None) == ["systemctl stop redblue-netns-lab-web.service"]


def test_actions_say_why_a_process_is_started_anew() -> None:
    other = replace(WEB, command=("true",), environment=Environment())
    assert describe_action(WEB, WEB, other).endswith("anew with another command, environment")
    assert describe_action(WEB, replace(WEB, state=ENDED), WEB).endswith("anew: it has ended")


def test_no_text_shows_a_value_of_the_environment() -> None:
    texts = [*describe_details(WEB), *compose_commands(WEB, None, WEB)]
    texts.append(describe_action(WEB, None, WEB))
    assert SECRET not in "".join(texts) and "  environment: WORD" in texts
