# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A gRPC client as nobody should write one: frame by frame, and without any interest in replies.
#
#     client = Unreading(socket.create_connection(("127.0.0.1", port)))
#     client.call(request)
#     client.is_over()         # the server has closed the connection
import ssl
import struct

MAGIC = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def raw_call(stream, request):
    """A call of Predict, its headers without compression."""
    headers = {":method": "POST", ":scheme": "http", ":path": "/Predict/InferPointWise", ":authority": "x",
               "content-type": "application/grpc", "te": "trailers"}
    block = b"".join(b"\0" + bytes([len(n)]) + n.encode() + bytes([len(v)]) + v.encode() for n, v in headers.items())
    message = request.SerializeToString()
    return frame(1, 4, stream, block) + frame(0, 1, stream, b"\0" + struct.pack(">I", len(message)) + message)


class Unreading:
    """A client that makes calls and gives no window for replies, ever. It reads all else, so nothing is stuck."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.sendall(MAGIC + frame(4, 0, 0, struct.pack(">HI", 4, 0)))
        self.socket.setblocking(False)
        self.stream, self.over, self.got = -1, False, b""

    def call(self, request):
        try:
            self.stream += 2
            self.socket.sendall(raw_call(self.stream, request))
        except OSError:
            self.over = True

    def is_over(self):
        try:
            while not self.over:
                piece = self.socket.recv(65536)
                self.got += piece
                self.over = not piece
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        except OSError:
            self.over = True
        return self.over
