#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask a load balancer as a client that trusts one authority: ask.py ADDRESS PORT HOST AUTHORITY. Prints the status."""

import http.client
import socket
import ssl
import sys

address, port, host, authority = sys.argv[1:]
connection = http.client.HTTPSConnection(host, int(port))
connection.sock = ssl.create_default_context(cafile=authority).wrap_socket(
    socket.create_connection((address, int(port)), timeout=30), server_hostname=host
)
connection.request("GET", "/")
print(connection.getresponse().status)
