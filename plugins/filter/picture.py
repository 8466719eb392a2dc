# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter picture: a network diagram of a topology, or of the current state. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.secrets import redact
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.templates import mark_unsafe
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.formats.dot import draw_dot
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.formats.markdown import (
    draw_markdown,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.formats.mermaid import (
    draw_mermaid,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.formats.text import draw_text
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.read import read_fleet
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.svg.render import draw_svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.model import Diagram

_FORMATS: dict[str, Callable[[Sequence[Diagram]], str]] = {
    "text": draw_text,
    "mermaid": draw_mermaid,
    "dot": draw_dot,
    "svg": draw_svg,
    "markdown": draw_markdown,
}


def picture(topology: Any, links: Any = (), format: Any = "text", name: Any = "host") -> str:
    """The diagram of a topology, of a result of ``netns_info``, or of several by host name.

    :param links: the links of the host, as ``netns_info`` returns them, for a topology.
    :raises AnsibleFilterError: an option or the input is not valid.
    """
    try:
        if not isinstance(format, str) or format not in _FORMATS:
            raise Refused("format", format, f"is not one of {', '.join(_FORMATS)}")
        if not isinstance(name, str):
            raise Refused("name", name, "is not a string; put it in quotes")
        if not isinstance(links, (list, tuple)):
            raise Refused("links", links, "is not a list")
        # Names and addresses come from the host, and Ansible must not render them as templates.
        return mark_unsafe(_FORMATS[format](read_fleet(topology, name, links)))
    except Refused as error:
        raise AnsibleFilterError(f"picture: {error}") from error
    except RecursionError as error:
        raise AnsibleFilterError(
            f"picture: format: {format!r}: a chain of hundreds of veth pairs is too long for it"
        ) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise AnsibleFilterError(
            "picture: the input is neither a topology nor a result of netns_info: "
            f"{redact(repr(error))}"
        ) from error


class FilterModule:
    """The filters of this file, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file, by name."""
        return {"picture": picture}
