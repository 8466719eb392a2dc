# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of impairments."""

from __future__ import annotations

from .._describe.places import describe_location
from .._describe.resources import describe_resource
from .._model.impairments import HANDLES, Impairment, format_options, shrinks_burst
from .._model.tc_units import format_rate
from .dispatch import compose_commands, describe_action, describe_details
from .iproute2 import netns_option
from .text import choose_verb


@describe_action.register(Impairment)
def _describe_action(
    impairment: Impairment, before: Impairment | None, after: Impairment | None
) -> str:
    if after is None:
        return f"remove impairment of {impairment.link} {describe_location(impairment.netns)}"
    return f"{choose_verb(before, after)} {describe_resource(impairment)}"


@compose_commands.register(Impairment)
def _compose_commands(
    impairment: Impairment, before: Impairment | None, after: Impairment | None
) -> list[str]:
    qdisc, device = f"tc{netns_option(impairment.netns)} qdisc", f"dev {impairment.link}"
    if after is None:
        return [f"{qdisc} del {device} root"]
    removal = [f"{qdisc} del {device} root"] if before and shrinks_burst(before, after) else []
    words = _tbf_words(after) if after.kind == "tbf" else _netem_words(before, after)
    handle = f"root handle {HANDLES[after.kind]:x}: {after.kind}"
    return [*removal, f"{qdisc} replace {device} {handle} {' '.join(words)}"]


def _tbf_words(after: Impairment) -> list[str]:
    return ["rate", format_rate(after.rate), "burst", f"{after.burst}", "limit", f"{after.queue}"]


def _netem_words(before: Impairment | None, after: Impairment) -> list[str]:
    options = format_options(after)
    words = []
    if "delay" in options:
        words += ["delay", options["delay"]]
        words += [options["jitter"]] if "jitter" in options else []
    for name in ("loss", "corrupt", "duplicate", "reorder", "rate"):
        if name in options:
            words += [name, options[name]]
        elif name in ("corrupt", "reorder", "rate") and _has_netem_option(before, name):
            # tc leaves these as they were unless they are named.
            words += [name, "0bit" if name == "rate" else "0%"]
    return [*words, "limit", str(after.limit)]


def _has_netem_option(impairment: Impairment | None, name: str) -> bool:
    return (
        impairment is not None
        and impairment.kind == "netem"
        and bool(format_options(impairment).get(name))
    )


@describe_details.register(Impairment)
def _describe_details(impairment: Impairment) -> list[str]:
    return []
