# SPDX-License-Identifier: Apache-2.0
"""Watches frames on the lab's wire, with the VLAN tag that the kernel takes out of them."""

import socket
import struct
import time

PACKET_AUXDATA = 8
SOL_PACKET = 263
TAG_VALID = 0x10


class Wire:
    """A packet socket that tells tags (`struct tpacket_auxdata`)."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.bind((name, 0))

    def tags(self, source, seconds):
        """Returns the tags (identifier, priority) of frames from a MAC, None for no tag."""
        wanted = bytes.fromhex(source.replace(":", ""))
        found, end = set(), time.monotonic() + seconds
        while time.monotonic() < end:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                frame, extra, _, _ = self.socket.recvmsg(2048, 256)
            except TimeoutError:
                break
            if frame[6:12] == wanted:
                found.add(self.tag(frame, extra))
        return found

    @staticmethod
    def tag(frame, extra):
        for level, kind, data in extra:
            if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", data[:20])
                if status & TAG_VALID:
                    return tci & 0xFFF, tci >> 13
        if frame[12:14] == b"\x81\x00":
            tci = struct.unpack(">H", frame[14:16])[0]
            return tci & 0xFFF, tci >> 13
        return None

    def close(self):
        self.socket.close()
