# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_capture, which changes nothing on the host."""

from __future__ import annotations

import base64
import contextlib
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

from .._capture.capture import Capture
from .._desired.captures import parse_capture
from .._host.machine import require_to_probe
from .._host.netns_handles import NetnsHandles
from .._host.progress import Progress
from .._params.specs.netns_capture import NETNS_CAPTURE_SPEC
from .._probe.runner import run_probes
from .._probe.targets import open_place
from .._render.captures import (
    compose_conversation,
    select_largest,
    write_conversations,
)
from .._render.probes import compose_probes, describe_failed
from .ansible_api import PROGRESS_TOKEN, load_hidden
from .base import assume_missing, open_module, parse_params, reporting_errors

if TYPE_CHECKING:
    from .._model.captures import CaptureRequest, Recording
    from .._model.probes import Probe, ProbeResult

_FASTEST = 1
_NOTHING = {
    "packets": 0,
    "conversations": [],
    "conversations_left_out": 0,
    "report": "",
    "dropped": {"kernel": 0, "interface": 0},
    "ended_by": "check_mode",
}


def _compose(capture: Capture, recording: Recording) -> tuple[dict[str, Any], bytes]:
    """What the module returns of a capture, and its file."""
    content, conversations, count = capture.read(recording)
    listed = select_largest(conversations)
    result = {
        "packets": count,
        "conversations": [compose_conversation(one) for one in listed],
        "conversations_left_out": len(conversations) - len(listed),
        "report": write_conversations(listed),
        "dropped": {
            "kernel": recording.dropped_by_kernel,
            "interface": recording.dropped_by_interface,
        },
        "ended_by": recording.ended_by,
    }
    return result, content


def _capture(
    handles: NetnsHandles, request: CaptureRequest, probes: list[Probe], assume: bool
) -> tuple[dict[str, Any], bytes, list[ProbeResult], str]:
    """Return the result, the file, the results of the probes, and why it ended too early."""
    handle = open_place(handles, "netns", request.netns, assume)
    if handle is None:
        return _NOTHING, b"", [], ""
    capture = Capture(handle, request)
    capture.check(assume)
    if assume:
        return _NOTHING, b"", [], ""
    handles.progress.begin("capture")
    work = partial(run_probes, handles, probes) if probes else None
    recording, results = capture.record(work)
    return *_compose(capture, recording), results or [], recording.complaint


def run_capture() -> None:
    """Run the module netns_capture."""
    module, params = open_module(NETNS_CAPTURE_SPEC, parse_capture)
    with reporting_errors(module), contextlib.closing(NetnsHandles()) as handles:
        require_to_probe()
        request, probes = parse_params(NETNS_CAPTURE_SPEC, params, parse_capture)
        handles.progress = Progress(load_hidden(PROGRESS_TOKEN))
        assume = assume_missing(module)
        result, content, results, complaint = _capture(handles, request, probes, assume)
        if complaint:
            module.warn(f"tcpdump ended before its limits: {complaint}")
        if probes and not assume:
            result = {**result, "probes": compose_probes(results)}
    result = {**result, "changed": params["dest"] is not None}
    if params["dest"] is not None and content:
        # The action plugin writes it to a file of the controller.
        result["pcapng"] = base64.b64encode(zlib.compress(content, _FASTEST)).decode()
    if params["fail_on_unexpected"] and not all(one.ok for one in results):
        module.fail_json(msg=describe_failed(results), **result)
    module.exit_json(**result)
