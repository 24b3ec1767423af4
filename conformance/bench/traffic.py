# SPDX-License-Identifier: Apache-2.0
"""Load between two containers, and how much of it arrives.

One call of the kernel sends many packets or much data, so that Python itself hardly counts.
"""

import ctypes
import os
import socket
import time

from namespaces import Namespace
from priority import undisturbed

PORT = 9
_PACKETS_PER_CALL = 128
_STREAM_CHUNK = 1 << 18


class _IOVector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]


class _MessageHeader(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.POINTER(_IOVector)), ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    ]


class _Message(ctypes.Structure):
    _fields_ = [("header", _MessageHeader), ("length", ctypes.c_uint32)]


class Packets:
    """UDP packets of one size; what counts is how many the receiver's interface gets."""

    def __init__(self, sender: Namespace, receiver: Namespace, address: str, payload: int) -> None:
        with receiver.entered():
            # Nobody reads: a full queue costs the least.
            self._sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
            self._sink.bind((address, PORT))
            self._counters = open("/proc/self/net/dev", "rb", buffering=0)
        with sender.entered():
            self._source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._source.connect((address, PORT))
        self._libc = ctypes.CDLL(None)
        self._vector = _IOVector(bytes(payload), payload)
        header = _MessageHeader(vectors=ctypes.pointer(self._vector), vector_count=1)
        self._messages = (_Message * _PACKETS_PER_CALL)(*[_Message(header)] * _PACKETS_PER_CALL)

    def received(self) -> int:
        """Returns how many packets the receiver's interface has got so far."""
        for line in os.pread(self._counters.fileno(), 1 << 14, 0).decode().splitlines():
            name, _, counters = line.partition(":")
            if name.strip() == "net1":
                return int(counters.split()[1])
        raise OSError("the receiver has no net1")

    def rate(self, seconds: float) -> float:
        """Sends as fast as it goes and returns packets received per second."""
        # The bridge floods every port with frames for an address it has not heard of.
        self._sink.sendto(b"", self._source.getsockname())
        number = self._source.fileno()
        with undisturbed():
            before, start = self.received(), time.monotonic()
            while (now := time.monotonic()) - start < seconds:
                self._libc.sendmmsg(number, self._messages, _PACKETS_PER_CALL, 0)
            return (self.received() - before) / (now - start)


class Stream:
    """One TCP connection; what counts is how much the receiver reads."""

    def __init__(self, sender: Namespace, receiver: Namespace, address: str, cpu: int) -> None:
        self._sender, self._address, self._cpu = sender, address, cpu
        self._chunk = bytes(_STREAM_CHUNK)
        with receiver.entered():
            self._listener = socket.create_server((address, PORT))

    def rate(self, seconds: float) -> float:
        """Sends as fast as it goes and returns bytes received per second."""
        read, write = os.pipe()
        with undisturbed():
            child = os.fork()
            if child == 0:
                os.sched_setaffinity(0, {self._cpu})
                os.write(write, str(self._drain()).encode())
                os._exit(0)
            os.close(write)
            with self._sender.entered():
                source = socket.create_connection((self._address, PORT))
            start = time.monotonic()
            while time.monotonic() - start < seconds:
                source.sendall(self._chunk)
            source.close()
            with open(read, "rb") as answer:
                count = int(answer.read())
            os.waitpid(child, 0)
            return count / (time.monotonic() - start)

    def _drain(self) -> int:
        connection, _ = self._listener.accept()
        buffer, count = bytearray(_STREAM_CHUNK), 0
        while length := connection.recv_into(buffer):
            count += length
        return count
