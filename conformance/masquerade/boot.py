# SPDX-License-Identifier: Apache-2.0
"""Real firmware on the pod's tap boots over TFTP: iPXE's from the card's ROM, and OVMF's own."""

import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from bed import CLIENT, Bed
from vm import CACHE
from wire import open_tap

FIRMWARE = CACHE / "firmware/usr"
ROM = FIRMWARE / "lib/ipxe/qemu/pxe-virtio.rom"
OVMF = FIRMWARE / "share/OVMF"
# iPXE runs the script, which asks for another file; OVMF says that a text is no program.
SCRIPT = b"#!ipxe\nimgfetch second\n" + b"# padding\n" * 200
FILES = {"boot": SCRIPT, "second": b"reached"}


def check(plugin, report):
    """Boots once with each firmware."""
    missing = [str(path) for path in (ROM, OVMF, CACHE / "qemu") if not path.exists()]
    if missing:
        report.skip("a VM that boots over the network",
                    f"conformance/setup lab firmware ({', '.join(missing)})")
        return
    boot(plugin, report, "iPXE", ipxe, "second")
    boot(plugin, report, "OVMF", ovmf, "boot")


def boot(plugin, report, name, firmware, last):
    """From an empty pod to a file that the firmware has read to its end."""
    service = {"mode": "spawn", "tftpServerName": CLIENT[4], "bootFileName": "boot"}
    bed = Bed(plugin, configuration={"owner": 107, "group": 107, "dhcp": service})
    folder = Path(tempfile.mkdtemp(prefix="masquerade-boot-"))
    machine = None
    try:
        os.chmod(folder, 0o755)
        told = folder / "told"
        bed.client.start(serve, told)
        bed.add()
        machine = start(bed, firmware(folder))
        deadline = time.monotonic() + 120
        while f"{last}\n" not in (text := told.read_text()) and time.monotonic() < deadline:
            time.sleep(0.2)
        report.expect(f"{name} reads its boot file over TFTP", "boot\n" in text, True)
        report.expect(f"{name} goes on to '{last}'", f"{last}\n" in text, True)
    finally:
        if machine:
            machine.kill()
            machine.wait()
        bed.end()
        shutil.rmtree(folder)


def ipxe(_):
    """The card's own ROM, which is for the modern card, started by SeaBIOS."""
    return ["-boot", "n"], f",disable-legacy=on,romfile={ROM.relative_to(CACHE)}"


def ovmf(folder):
    """UEFI with its own driver of the card."""
    variables = folder / "variables"
    shutil.copy(OVMF / "OVMF_VARS_4M.fd", variables)
    os.chown(variables, 107, 107)
    code = (OVMF / "OVMF_CODE_4M.fd").relative_to(CACHE)
    return ["-drive", f"if=pflash,format=raw,readonly=on,file={code}",
            "-drive", f"if=pflash,format=raw,file={variables}"], ",romfile=,bootindex=0"


def start(bed, firmware):
    """QEMU as the unprivileged user that the tap is for, without a disk."""
    options, card = firmware
    tap = bed.pod.lend(open_tap, "tap0", 0, 107)
    return subprocess.Popen(
        [
            "./qemu/usr/bin/qemu-system-x86_64", "-nodefaults", "-no-user-config",
            "-display", "none", "-L", "qemu/usr/share/qemu", "-L", "qemu/usr/share/seabios",
            "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "512",
            *options, "-netdev", f"tap,id=tap,fd={tap}",
            "-device", f"virtio-net-pci,netdev=tap,mac=52:54:00:12:34:56{card}",
            # OVMF's network stack wants random numbers.
            "-device", "virtio-rng-pci",
        ],
        env={**os.environ, "LD_LIBRARY_PATH": str(CACHE / "qemu/usr/lib/x86_64-linux-gnu")},
        cwd=CACHE, pass_fds=[tap], stdin=subprocess.DEVNULL, user=107, group=107, extra_groups=[],
    )


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
