# SPDX-License-Identifier: Apache-2.0
"""Real firmware on the pod's tap boots over TFTP: iPXE's from the card's ROM, and OVMF's own."""

import shutil
import socket
import struct

import pytest

import machine
from attachment import CLIENT, UNLISTED
from harness.until import until
from machine import CACHE

ROM = "firmware/usr/lib/ipxe/qemu/pxe-virtio.rom"
OVMF = "firmware/usr/share/OVMF"
# iPXE runs the script, which asks for another file; OVMF says that a text is no program.
SCRIPT = b"#!ipxe\nimgfetch second\n" + b"# padding\n" * 200
FILES = {"boot": SCRIPT, "second": b"reached"}


def ipxe(_):
    """The card's own ROM, which is for the modern card, started by SeaBIOS."""
    return f"disable-legacy=on,romfile={ROM}", "-boot", "n"


def ovmf(folder):
    """UEFI with its own driver of the card."""
    variables = machine.owned(folder / "variables")
    shutil.copyfile(CACHE / OVMF / "OVMF_VARS_4M.fd", variables)
    return ("romfile=,bootindex=0", "-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}/OVMF_CODE_4M.fd",
            "-drive", f"if=pflash,format=raw,file={variables}")


@pytest.mark.needs(f"setup:{ROM}", f"setup:{OVMF}", "setup:qemu")
@pytest.mark.parametrize("firmware, wanted", [(ipxe, ["boot", "second"]), (ovmf, ["boot"])])
def test_firmware_reads_its_boot_file_over_TFTP(beds, firmware, wanted):
    service = {"mode": "spawn", "tftpServerName": CLIENT[4], "bootFileName": "boot"}
    bed = beds({**UNLISTED, "dhcp": service})
    with machine.folder() as folder:
        told = folder / "told"
        bed.client.start(serve, told)
        bed.add()
        # OVMF's network stack wants random numbers.
        with machine.running(bed, 512, *firmware(folder), "-device", "virtio-rng-pci"):
            until(lambda: set(wanted) <= set(told.read_text().split()), 180)
        assert set(wanted) <= set(told.read_text().split())


def serve(ready, told):
    """Serves FILES by TFTP (RFC 1350) and writes the name of each that was read to its end."""
    requests = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    requests.bind((CLIENT[4], 69))
    with open(told, "w", buffering=1) as log:
        ready()
        while True:
            request, guest = requests.recvfrom(2048)
            name = request[2:].split(b"\0")[0].decode(errors="replace").lstrip("/")
            if request[:2] == b"\0\1" and name in FILES:
                if send(FILES[name], guest, b"\0tsize\0" in request):
                    log.write(f"{name}\n")


def send(content, guest, wants_size):
    """Sends a file in blocks from another port; returns whether all were acknowledged."""
    blocks = [struct.pack("!HH", 3, at // 512 + 1) + content[at:at + 512]
              for at in range(0, len(content) + 1, 512)]
    if wants_size:
        # The acknowledgement of an option (RFC 2349) is acknowledged as block 0.
        blocks.insert(0, b"\0\6tsize\0%d\0" % len(content))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as transfer:
        transfer.bind((CLIENT[4], 0))
        transfer.settimeout(1)
        return all(acknowledged(transfer, block, guest, number)
                   for number, block in enumerate(blocks, start=0 if wants_size else 1))


def acknowledged(transfer, block, guest, number):
    """Sends a block until it is acknowledged, five times at most."""
    for _ in range(5):
        transfer.sendto(block, guest)
        try:
            answer = transfer.recv(2048)
        except socket.timeout:
            continue
        if answer[:2] == b"\0\5":
            return False
        if answer[:4] == struct.pack("!HH", 4, number):
            return True
    return False
