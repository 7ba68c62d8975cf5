# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Ports for servers that must be told theirs; end-to-end tests use it, too.
import socket

KEPT = []  # sockets that hold the ports given out: whoever asks the kernel for any port gets another one


def free_port():
    """One that only a server gets which is told it: with SO_REUSEADDR it may listen where a socket is merely bound."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    KEPT.append(kept)
    return kept.getsockname()[1]
