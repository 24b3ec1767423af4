# SPDX-License-Identifier: Apache-2.0
"""A real VM on the pod's tap: QEMU boots a small Linux that gets its addresses from the pod."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import talk
from bed import CLIENT, POD, VM, Bed
from wire import open_tap

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("CONFORMANCE_CACHE", HERE.parent / ".cache"))
KERNEL = CACHE / "kernel" / "6.1"
MODULES = ("virtio_pci", "virtio_net")
DHCPCD = CACHE / "dhcpcd/usr/sbin/dhcpcd"
MTU = 1450

CONFIGURATION = {
    "ports": [{"port": 80}],
    "owner": 107,
    "group": 107,
    "dns": {"nameservers": ["10.96.0.10", "fd00:96::a"],
            "search": ["ns.svc.cluster.local", "svc.cluster.local"]},
    "dhcp": {"mode": "spawn", "hostname": "vm"},
}


def check(plugin, report):
    """Boots the VM once for each DHCP client."""
    needed = (KERNEL / "image", CACHE / "qemu", DHCPCD)
    missing = [str(path) for path in needed if not path.exists()]
    if missing:
        report.skip("a real VM", f"conformance/setup lab dhcpcd ({', '.join(missing)})")
        return
    for client in ("udhcpc", "dhcpcd"):
        boot(plugin, report, client)


def boot(plugin, report, client):
    """From an empty pod to a VM that serves and reaches out."""
    bed = Bed(plugin, configuration=CONFIGURATION)
    folder = Path(tempfile.mkdtemp())
    machine = None
    try:
        for namespace, link in ((bed.pod, "eth0"), (bed.client, "c0")):
            namespace.ip(f"link set {link} mtu {MTU}")
        bed.client.start(talk.serve, "CLIENT", (80,), (53,))
        bed.add()
        machine = start_machine(bed, folder, client)
        told = wait_for(folder / "console", "ready", 90)
        if "ready" not in told:
            report.expect(f"{client}: the VM is ready",
                          (folder / "console").read_text()[-2000:], "ready")
            return
        judge(bed, report, client, told)
    finally:
        if machine:
            machine.kill()
            machine.wait()
        bed.end()
        shutil.rmtree(folder)


def judge(bed, report, client, told):
    """What the VM got, and who reaches whom."""
    expectations = {
        "address4": "10.0.2.2/24",
        "route4": "10.0.2.1",
        "route6": "fe80::ff:fe00:0",
        "mtu": str(MTU),
        "dns4": "10.96.0.10",
        "search": "ns.svc.cluster.local svc.cluster.local",
        "lease": "86400",
        "out4": f"CLIENT peer={POD[4]} local={CLIENT[4]}",
    }
    if client == "dhcpcd":
        expectations["address6"] = "fd10:0:2::2/128"
        expectations["dns6"] = "fd00:96::a"
        expectations["out6"] = f"CLIENT peer={POD[6]} local={CLIENT[6]}"
    else:
        expectations["hostname"] = "vm"
        expectations["mtu6"] = str(MTU)
    for key, wanted in expectations.items():
        report.expect(f"{client}: the VM's {key}", told.get(key), wanted)
    probes = [(4, 80, "the VM\n"), (4, 443, "Connection refused")]
    if client == "dhcpcd":
        probes += [(6, 80, "the VM\n"), (6, 443, "Connection refused")]
    for family, port, wanted in probes:
        heard = bed.client.call(talk.tcp, POD[family], port)
        report.expect(f"{client}: the client dials the pod's IPv{family} port {port}",
                      heard, wanted)
    report.expect(f"{client}: CHECK with a VM running", bed.run("CHECK", bed.checked()), (0, {}))
    report.expect(f"{client}: the neighbour cannot dial the VM itself",
                  bed.client.call(talk.tcp, VM[4], 443), "TIMEOUT")


def wait_for(console, key, seconds):
    """What the VM has told, once it has told the key or the time is over."""
    deadline = time.monotonic() + seconds
    told = {}
    while time.monotonic() < deadline and key not in told:
        time.sleep(0.2)
        text = console.read_text(errors="replace") if console.exists() else ""
        told = dict(re.findall(r"^@ (\w+) ([^\r\n]*)", text, re.MULTILINE))
    return told


def start_machine(bed, folder, client):
    """QEMU as the unprivileged user that the tap is for.

    Its files are named from the cache, where it starts: a way to them from / may be closed to it.
    """
    fill(folder / "tree", client)
    os.chmod(folder, 0o755)
    image = folder / "initramfs"
    with open(image, "wb") as file:
        names = subprocess.run(["find", "."], cwd=folder / "tree", capture_output=True, check=True)
        subprocess.run([CACHE / "busybox/busybox", "cpio", "-o", "-H", "newc"], cwd=folder / "tree",
                       input=names.stdout, stdout=file, stderr=subprocess.DEVNULL, check=True)
    console = folder / "console"
    console.touch()
    os.chown(console, 107, 107)
    qemu = Path("qemu/usr")
    tap = bed.pod.lend(open_tap, "tap0", 0, 107)
    return subprocess.Popen(
        [
            f"./{qemu}/bin/qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot",
            "-display", "none", "-L", qemu / "share/qemu", "-L", qemu / "share/seabios",
            "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "256",
            "-kernel", KERNEL.relative_to(CACHE) / "image", "-initrd", image,
            "-append", f"console=ttyS0 quiet panic=-1 client={client}",
            "-serial", f"file:{console}",
            "-netdev", f"tap,id=tap,fd={tap}",
            "-device", "virtio-net-pci,netdev=tap,mac=52:54:00:12:34:56,romfile=",
        ],
        env={**os.environ, "LD_LIBRARY_PATH": str(qemu / "lib/x86_64-linux-gnu")},
        cwd=CACHE, pass_fds=[tap], stdin=subprocess.DEVNULL, user=107, group=107, extra_groups=[],
    )


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
