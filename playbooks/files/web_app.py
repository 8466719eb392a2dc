# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A web app on port 80, IPv4 and IPv6, that answers with the address of the client."""

import http.server
import socket
import socketserver


class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        client = self.client_address[0].replace(
            "::ffff:", ""
        )  # the prefix of an IPv4 address on an IPv6 socket
        self.wfile.write(f"the web app in the namespace, asked by {client}\n".encode())

    def log_message(self, *args: object) -> None:
        """Logs nothing."""


class Server(socketserver.ThreadingTCPServer):
    """A server that does not look up its own host name.

    http.server.HTTPServer does so, and waits for a DNS answer that a namespace cannot get.
    """

    address_family = socket.AF_INET6
    allow_reuse_address = daemon_threads = True

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


Server(("::", 80), App).serve_forever()
