# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A topology, or what stands, as a picture. Pure."""

from __future__ import annotations

from typing import Any, Callable, Dict, Sequence

from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.formats.dot import draw_dot
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.formats.markdown import (
    draw_markdown,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.formats.mermaid import (
    draw_mermaid,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.formats.text import draw_text
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.model import Diagram
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.read import read_fleet
from ansible_collections.redblue.netns.plugins.plugin_utils._diagram.svg.render import draw_svg

_FORMATS: Dict[str, Callable[[Sequence[Diagram]], str]] = {
    "text": draw_text,
    "mermaid": draw_mermaid,
    "dot": draw_dot,
    "svg": draw_svg,
    "markdown": draw_markdown,
}


def picture(topology: Any, links: Any = (), format: Any = "text", name: Any = "host") -> str:
    """The picture of a topology, of what ``netns_info`` returned, or of several by the names of their hosts."""
    try:
        if not isinstance(format, str) or format not in _FORMATS:
            raise Refused("format", format, f"is not one of {', '.join(_FORMATS)}")
        if not isinstance(name, str):
            raise Refused("name", name, "is not a string; put it in quotes")
        if not isinstance(links, (list, tuple)):
            raise Refused("links", links, "is not a list")
        return _FORMATS[format](read_fleet(topology, name, links))
    except Refused as error:
        raise AnsibleFilterError(f"picture: {error}") from error
    except RecursionError as error:
        raise AnsibleFilterError(
            f"picture: format: {format!r}: a chain of hundreds of cables is too long for it"
        ) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise AnsibleFilterError(
            f"picture: is not a topology as the module topology takes it, nor what netns_info returns: {error!r}"
        ) from error


class FilterModule:
    """What Ansible asks a filter file for."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"picture": picture}
