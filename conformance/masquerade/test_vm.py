# SPDX-License-Identifier: Apache-2.0
"""A real VM on the pod's tap: QEMU boots a small Linux that gets its addresses from the pod."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import machine
import talk
from attachment import CLIENT, POD, ROUTER, UNLISTED, VM
from harness.until import until
from machine import CACHE

HERE = Path(__file__).resolve().parent
KERNEL = CACHE / "kernel" / "6.1"
MODULES = ("virtio_pci", "virtio_net")
DHCPCD = CACHE / "dhcpcd/usr/sbin/dhcpcd"
MTU = 1450

CONFIGURATION = {
    **UNLISTED,
    "ports": [{"port": 80}],
    "dns": {"nameservers": ["10.96.0.10", "fd00:96::a"],
            "search": ["ns.svc.cluster.local", "svc.cluster.local"]},
    "dhcp": {"mode": "spawn", "hostname": "vm"},
}
TOLD = {
    "address4": "10.0.2.2/24",
    "route4": "10.0.2.1",
    "route6": ROUTER,
    "mtu": str(MTU),
    "dns4": "10.96.0.10",
    "search": "ns.svc.cluster.local svc.cluster.local",
    "lease": "86400",
    "out4": f"CLIENT peer={POD[4]} local={CLIENT[4]}",
}
# udhcpc knows no DHCPv6.
ALSO_TOLD = {
    "udhcpc": {"hostname": "vm", "mtu6": str(MTU)},
    "dhcpcd": {"address6": "fd10:0:2::2/128", "dns6": "fd00:96::a",
               "out6": f"CLIENT peer={POD[6]} local={CLIENT[6]}"},
}


@pytest.mark.needs("setup:kernel/6.1/image", "setup:qemu", "setup:dhcpcd")
@pytest.mark.parametrize("client, families", [("udhcpc", (4,)), ("dhcpcd", (4, 6))])
def test_a_VM_gets_its_addresses_serves_and_reaches_out(beds, client, families):
    bed = beds(CONFIGURATION)
    for place, link in ((bed.pod, "eth0"), (bed.client, "c0")):
        place.ip(f"link set {link} mtu {MTU}")
    bed.client.start(talk.serve, "CLIENT", (80,), (53,))
    bed.add()
    with machine.folder() as folder:
        console = machine.owned(folder / "console")
        with machine.running(bed, 256, "romfile=", *linux(folder, client, console)):
            def told():
                text = console.read_text(errors="replace")
                return dict(re.findall(r"^@ (\w+) ([^\r\n]*)", text, re.MULTILINE))

            assert until(lambda: "ready" in told(), 150), console.read_text(errors="replace")[-2000:]
            wanted = {**TOLD, **ALSO_TOLD[client]}
            assert {key: told().get(key) for key in wanted} == wanted
            for family in families:
                assert bed.client.call(talk.tcp, POD[family], 80) == "the VM\n"
                assert bed.client.call(talk.tcp, POD[family], 443) == "Connection refused"
            bed.check()
            assert bed.client.call(talk.tcp, VM[4], 443) == "TIMEOUT", "the neighbour dials the VM itself"


def linux(folder, client, console):
    """The machine's options for a kernel and its first file system."""
    fill(folder / "tree", client)
    image = folder / "initramfs"
    with open(image, "wb") as file:
        names = subprocess.run(["find", "."], cwd=folder / "tree", capture_output=True, check=True)
        subprocess.run([CACHE / "busybox/busybox", "cpio", "-o", "-H", "newc"], cwd=folder / "tree",
                       input=names.stdout, stdout=file, stderr=subprocess.DEVNULL, check=True)
    return ("-kernel", KERNEL.relative_to(CACHE) / "image", "-initrd", image,
            "-append", f"console=ttyS0 quiet panic=-1 client={client}", "-serial", f"file:{console}")


def fill(tree, client):
    """The VM's file system: busybox, the modules of its card, its programs."""
    for name in ("bin", "modules", "etc"):
        (tree / name).mkdir(parents=True)
    shutil.copy(CACHE / "busybox/busybox", tree / "bin/busybox")
    for name in ("init", "answer", "lease"):
        shutil.copy(HERE / "guest" / name, tree / name)
    release = (KERNEL / "release").read_text().strip()
    modules = KERNEL / "layer/usr/lib/modules" / release
    needs = dict(
        line.split(":", 1) for line in (modules / "modules.dep").read_text().splitlines()
    )
    order = []
    for module in MODULES:
        path = next(path for path in needs if path.endswith(f"/{module}.ko"))
        # modules.dep lists what a module needs nearest first.
        order += [p for p in [*reversed(needs[path].split()), path] if p not in order]
    for path in order:
        shutil.copy(modules / path, tree / "modules")
    (tree / "modules/order").write_text("".join(f"{Path(p).name}\n" for p in order))
    if client == "dhcpcd":
        fill_dhcpcd(tree)


def fill_dhcpcd(tree):
    """dhcpcd with the libraries it is linked with."""
    shutil.copy(DHCPCD, tree / "bin/dhcpcd")
    (tree / "etc/dhcpcd.conf").write_text(
        "duid\noption domain_name_servers,domain_search,interface_mtu\nscript /lease\n"
    )
    (tree / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n")
    library_path = CACHE / "dhcpcd/usr/lib/x86_64-linux-gnu"
    listed = subprocess.run(["ldd", DHCPCD], capture_output=True, text=True, check=True,
                            env={**os.environ, "LD_LIBRARY_PATH": str(library_path)}).stdout
    for path in re.findall(r"(/\S+)", listed):
        target = tree / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
