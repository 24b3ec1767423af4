# SPDX-License-Identifier: Apache-2.0
"""Watches frames on the lab's wire, with the VLAN tag that the kernel takes out of them."""

import socket
import struct
import time

PACKET_AUXDATA = 8
SOL_PACKET = 263
ADD_MEMBERSHIP = 1
PROMISCUOUS = 1
TAG_VALID = 0x10


class Wire:
    """A packet socket that tells tags (`struct tpacket_auxdata`)."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.bind((name, 0))
        # A card that is not takes no VLAN that nobody has asked it for (`struct packet_mreq`).
        request = struct.pack("IHH8x", socket.if_nametoindex(name), PROMISCUOUS, 0)
        self.socket.setsockopt(SOL_PACKET, ADD_MEMBERSHIP, request)

    def tags(self, source, seconds, frames=None, kind=None):
        """Returns the tags (identifier, priority) of frames from a MAC, None for no tag.

        Waits for so many frames, or for the time to be over; `kind` is the only EtherType meant.
        """
        wanted = bytes.fromhex(source.replace(":", ""))
        found, count, end = set(), 0, time.monotonic() + seconds
        while time.monotonic() < end and count != frames:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                frame, extra, _, _ = self.socket.recvmsg(2048, 256)
            except TimeoutError:
                break
            tag, payload = self.tag(frame, extra)
            if frame[6:12] == wanted and kind in (None, payload):
                found.add(tag)
                count += 1
        return found

    @staticmethod
    def tag(frame, extra):
        """Returns a frame's tag and its EtherType behind that."""
        kind = int.from_bytes(frame[12:14], "big")
        for level, number, data in extra:
            if (level, number) == (SOL_PACKET, PACKET_AUXDATA):
                status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", data[:20])
                if status & TAG_VALID:
                    return (tci & 0xFFF, tci >> 13), kind
        if kind == 0x8100:
            tci, kind = struct.unpack(">HH", frame[14:18])
            return (tci & 0xFFF, tci >> 13), kind
        return None, kind

    def close(self):
        self.socket.close()
