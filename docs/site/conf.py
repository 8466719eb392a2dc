# Copyright (c) 2026, redblue.netns contributors
# SPDX-License-Identifier: GPL-3.0-or-later

import tempfile
import zlib
from pathlib import Path

project = "redblue.netns"
extensions = ["sphinx_antsibull_ext", "sphinx.ext.intersphinx"]
pygments_style, highlight_language, default_role = "ansible", "YAML+Jinja", "any"
html_theme, html_show_sphinx = "sphinx_ansible_theme", False

# The pages refer to these labels of Ansible's own documentation. Listing them here needs no
# network. Silencing "undefined label" instead would hide broken links of this collection.
labels = """\
ANSIBLE_BECOME_EXE std:envvar -1 reference_appendices/config.html#envvar-ANSIBLE_BECOME_EXE -
ANSIBLE_BECOME_FLAGS std:envvar -1 reference_appendices/config.html#envvar-ANSIBLE_BECOME_FLAGS -
ANSIBLE_BECOME_USER std:envvar -1 reference_appendices/config.html#envvar-ANSIBLE_BECOME_USER -
ANSIBLE_CACHE_PLUGIN std:envvar -1 reference_appendices/config.html#envvar-ANSIBLE_CACHE_PLUGIN -
ANSIBLE_CACHE_PLUGIN_CONNECTION std:envvar -1 reference_appendices/config.html#envvar-ANSIBLE_CACHE_PLUGIN_CONNECTION -
ANSIBLE_CACHE_PLUGIN_PREFIX std:envvar -1 reference_appendices/config.html#envvar-ANSIBLE_CACHE_PLUGIN_PREFIX -
ANSIBLE_CACHE_PLUGIN_TIMEOUT std:envvar -1 reference_appendices/config.html#envvar-ANSIBLE_CACHE_PLUGIN_TIMEOUT -
action_plugins std:label -1 plugins/action.html#action-plugins Action plugins
become std:label -1 playbook_guide/playbooks_privilege_escalation.html#become Understanding privilege escalation
ansible_configuration_settings std:label -1 reference_appendices/config.html#ansible-configuration-settings Settings
ansible_collections.ansible.builtin.copy_module std:label -1 collections/ansible/builtin/copy_module.html ansible.builtin.copy
common_return_values std:label -1 reference_appendices/common_return_values.html#common-return-values Common return values
"""
inventory = Path(tempfile.mkdtemp()) / "ansible.inv"
header = (
    b"# Sphinx inventory version 2\n# Project: Ansible\n# Version: 2\n"
    b"# The remainder of this file is compressed using zlib.\n"
)
inventory.write_bytes(header + zlib.compress(labels.encode()))
intersphinx_mapping = {
    "ansible": ("https://docs.ansible.com/projects/ansible/devel/", str(inventory))
}
