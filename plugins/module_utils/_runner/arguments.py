# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The arguments of the command ``redblue-netns``."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_DESCRIPTION = """\
Topologies of the Ansible collection redblue.netns that are persistent on this host.

They are declared by tasks of redblue.netns.topology with `persist: true`, each in a file
/etc/redblue-netns/NAME.json. The unit redblue-netns@NAME.service applies one at boot.
With `persist: {watch: report}`, redblue-netns-watch@NAME.service reports in the journal what
differs; with `persist: {watch: restore}` it also restores it.
"""
_EXAMPLES = """\
exit status:
  0  as declared
  1  differs (check), the doctor found an error, or something undoes what is restored (watch)
  2  failed

examples:
  redblue-netns check                    is everything as declared?
  redblue-netns check lab --json         what differs, for a monitor
  redblue-netns check --prometheus /var/lib/node_exporter/redblue-netns.prom
  redblue-netns apply lab                bring it back, and print what was done
  redblue-netns apply --all --wait 30    wait up to 30 s for interfaces that are missing
  redblue-netns doctor lab               why do packets not arrive?
  redblue-netns watch lab                report at once what differs, or restore it
  redblue-netns remove lab               remove it from the host, with its file
"""
_LONGEST_WAIT = 86400.0


def _metrics_file(path: str) -> str:
    """The path of a file for metrics, as an argument.

    :raises ArgumentTypeError: node_exporter would not read it.
    """
    if not path.endswith(".prom"):
        raise argparse.ArgumentTypeError(f"{path}: node_exporter reads only files ending in .prom")
    return os.path.abspath(path)


def _read_seconds(text: str) -> float:
    """A time in seconds, as an argument.

    :raises ValueError: it is none, which argparse reports.
    """
    seconds = float(text)
    if not 0 <= seconds <= _LONGEST_WAIT:
        raise argparse.ArgumentTypeError(f"{text}: give 0 to {_LONGEST_WAIT:.0f} seconds")
    return seconds


def _create_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="redblue-netns",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, text: str, names: str | int | None) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--json", action="store_true", help="print JSON")
        if names is not None:
            command.add_argument("names", nargs=names, metavar="NAME", help="a topology")
        return command

    add("list", "List the topologies, and who applied them when.", None)
    check = add("check", "Compare the host with the topologies; all without NAME.", "*")
    apply = add("apply", "Bring the host to what topologies declare.", "*")
    apply.add_argument("--all", action="store_true", help="all topologies")
    apply.add_argument(
        "--wait",
        type=_read_seconds,
        default=0.0,
        metavar="SECONDS",
        help="how long to wait for what is missing on the host",
    )
    check.add_argument(
        "--prometheus",
        type=_metrics_file,
        metavar="FILE",
        help="also write metrics to this file ending in .prom, for node_exporter's textfile",
    )
    for command in (check, apply):
        command.add_argument("--diff", action="store_true", help="print what changes as a diff")
    add("show", "Print what topologies declare, as JSON.", "+")
    add("doctor", "Find out why packets do not arrive; all topologies without NAME.", "*")
    add("watch", "Report what differs, or restore it, as the file of the topology says.", 1)
    add("remove", "Remove topologies from the host, with their files.", "+")
    return parser


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of a command. Prints help, or an error, and exits where it is to."""
    parser = _create_parser()
    options = parser.parse_args(arguments)
    if options.command == "apply" and bool(options.names) == options.all:
        parser.error("apply needs the names of topologies, or --all")
    return options
