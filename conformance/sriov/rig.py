# SPDX-License-Identifier: Apache-2.0
"""What the SR-IOV cases work with: the lab's virtual functions, namespaces and the plugin."""

import json
import os
import pathlib
import subprocess
import time

STORE = pathlib.Path("/var/lib/cni/sriov")
DEVICES = pathlib.Path("/sys/bus/pci/devices")
LOCKS = pathlib.Path("/proc/locks")
HERE = pathlib.Path(__file__).resolve().parent


class Failed(AssertionError):
    """An expectation that did not hold."""


class Skipped(Exception):
    """A case that this machine cannot run."""


def expect(condition, message):
    if not condition:
        raise Failed(message)


def same(found, wanted, what):
    expect(found == wanted, f"{what}: found {found!r}, wanted {wanted!r}")


def run(*command, check=True, text=None):
    """Runs a program and returns what it wrote to standard output."""
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if check and done.returncode:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip()} ({done.returncode})")
    return done.stdout


def links(*selection, namespace=None):
    """Returns links as `ip -json -details` describes them."""
    prefix = ["ip"] + (["-n", namespace] if namespace else [])
    return json.loads(run(*prefix, "-j", "-d", "link", "show", *selection) or "[]")


def link(name, namespace=None):
    """Returns the link of a name, or None."""
    found = [each for each in links(namespace=namespace) if each["ifname"] == name]
    return found[0] if found else None


class Outcome:
    """What became of one call of the plugin."""

    def __init__(self, done, milliseconds):
        self.status = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr
        self.milliseconds = milliseconds
        self.json = json.loads(done.stdout) if done.stdout.strip() else None

    @property
    def message(self):
        return (self.json or {}).get("msg", "")

    @property
    def pci(self):
        return self.json["interfaces"][0].get("pciID")

    def __str__(self):
        return f"status {self.status}: {self.stdout.strip()} {self.stderr.strip()}"


class VF:
    """One virtual function of the lab."""

    def __init__(self, pf, index, address, name):
        self.pf, self.index, self.address, self.name = pf, int(index), address, name
        self.physical = os.path.basename(os.readlink(DEVICES / address / "physfn"))

    @property
    def interface(self):
        """Its interface on the host, or None."""
        folder = DEVICES / self.address / "net"
        names = os.listdir(folder) if folder.exists() else []
        return names[0] if names else None

    @property
    def driver(self):
        path = DEVICES / self.address / "driver"
        return os.path.basename(os.readlink(path)) if path.exists() else None

    @property
    def uplink(self):
        return os.listdir(DEVICES / self.physical / "net")[0]

    def settings(self):
        """What its physical function says."""
        return links("dev", self.uplink)[0]["vfinfo_list"][self.index]

    def set(self, *words):
        run("ip", "link", "set", self.uplink, "vf", str(self.index), *words)

    def choose(self, mac):
        """Gives up the administrative address, and sets the interface's: by way of another one, as its PF
        is told of none that it has already (Linux 6.5)."""
        self.set("mac", "00:00:00:00:00:00")
        for each in ("02:99:99:99:99:99", mac):
            run("ip", "link", "set", self.interface, "address", each)

    def bind(self, driver):
        """Gives it to another driver."""
        folder = DEVICES / self.address
        (folder / "driver_override").write_text(driver + "\n")
        if self.driver:
            (folder / "driver/unbind").write_text(self.address)
        pathlib.Path("/sys/bus/pci/drivers_probe").write_text(self.address)
        for _ in range(100):
            if self.driver == driver and (driver != "igbvf" or self.interface):
                break
            time.sleep(0.05)
        (folder / "driver_override").write_text("\n")
        if driver == "igbvf" and self.interface != self.name:
            run("ip", "link", "set", self.interface, "name", self.name)

    def snapshot(self, found):
        """Everything that a case may have changed, from the host's links by their names."""
        state = {"settings": found[self.uplink]["vfinfo_list"][self.index],
                 "driver": self.driver, "name": self.interface}
        if self.interface:
            mine = found[self.interface]
            state |= {key: mine.get(key) for key in (
                "address", "mtu", "altnames", "master", "txqlen", "group", "ifalias", "linkmode",
                "broadcast", "gso_max_size", "gso_max_segs", "gro_max_size", "xdp")}
            # The others tell of the carrier.
            state["flags"] = sorted({"UP", "NOARP", "PROMISC", "ALLMULTI", "MULTICAST", "DYNAMIC",
                                     "DEBUG"} & set(mine["flags"]))
        return state


class Rig:
    """The lab as one case finds it; closing it shows what the case has left behind."""

    def __init__(self, plugin, vfs, cni_path):
        self.plugin, self.vfs, self.cni_path = plugin, vfs, cni_path
        self.namespaces, self.children = [], []
        self.thin, self.faults = 1, 0
        self.before, self.hostlinks = self.snapshot()

    def snapshot(self):
        """What every virtual function is like, and the names of the host's links."""
        found = {each["ifname"]: each for each in links()}
        return {vf.address: vf.snapshot(found) for vf in self.vfs}, sorted(found)

    def namespace(self, name="blue"):
        run("ip", "netns", "add", name)
        self.namespaces.append(name)
        return name

    def drop(self, name):
        run("ip", "netns", "del", name)
        self.namespaces.remove(name)

    def conf(self, vf=None, **keys):
        base = {"cniVersion": "1.1.0", "name": "net", "type": "sriov"}
        if vf:
            base["deviceID"] = vf.address
        return base | keys

    def environment(self, command, container="pod1", ifname="net1", namespace="blue", args=""):
        path = namespace if not namespace or "/" in namespace else f"/run/netns/{namespace}"
        return os.environ | {
            "CNI_COMMAND": command, "CNI_CONTAINERID": container, "CNI_IFNAME": ifname,
            "CNI_NETNS": path or "", "CNI_PATH": self.cni_path, "CNI_ARGS": args,
        }

    def call(self, command, conf, prefix=(), **keys):
        """Calls the plugin and returns its outcome, whatever it is."""
        start = time.monotonic()
        text = conf if isinstance(conf, str) else json.dumps(conf)
        done = subprocess.run([*prefix, self.plugin], input=text, capture_output=True, text=True,
                              env=self.environment(command, **keys), check=False)
        return Outcome(done, (time.monotonic() - start) * 1000)

    def start(self, command, conf, **keys):
        """Starts the plugin without waiting for it."""
        child = subprocess.Popen([self.plugin], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True,
                                 env=self.environment(command, **keys))
        child.stdin.write(json.dumps(conf))
        child.stdin.close()
        child.stdin = None
        self.children.append(child)
        return child

    @staticmethod
    def await_lock(child):
        """Returns when the plugin waits for a lock, which it must do before it ends."""
        while f" {child.pid} " not in "".join(
                line for line in LOCKS.read_text(encoding="utf-8").splitlines() if " -> " in line):
            expect(child.poll() is None, "it did not wait for the lock")
            time.sleep(0.05)

    @staticmethod
    def finish(child):
        out, err = child.communicate()
        return Outcome(subprocess.CompletedProcess([], child.returncode, out, err), 0)

    def add(self, conf, **keys):
        outcome = self.call("ADD", conf, **keys)
        expect(outcome.status == 0, f"ADD failed: {outcome}")
        return outcome

    def delete(self, conf, **keys):
        outcome = self.call("DEL", conf, **keys)
        expect(outcome.status == 0 and not outcome.stdout, f"DEL failed: {outcome}")
        return outcome

    def refused(self, command, conf, words, **keys):
        """Calls the plugin, which must fail with a message that has the words in it."""
        outcome = self.call(command, conf, **keys)
        expect(outcome.status != 0, f"{command} succeeded: {outcome}")
        text = f"{outcome.message} / {(outcome.json or {}).get('details', '')}"
        expect(words in text, f"{command} says {text!r}, not {words!r}")
        return outcome

    def unchanged(self):
        """Every virtual function is as it was, and nothing is recorded of any."""
        before, hostlinks = self.snapshot()
        for vf in self.vfs:
            same(before[vf.address], self.before[vf.address], f"VF {vf.address}")
        same(hostlinks, self.hostlinks, "links of the host")
        same(records(), [], "records")

    def close(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
        for name in list(self.namespaces):
            self.drop(name)


def records():
    """The records of allocations, this plugin's and Go sriov-cni's."""
    found = []
    for folder in (STORE / "allocations", STORE / "pci", STORE):
        if folder.exists():
            found += [str(path.relative_to(STORE)) for path in folder.iterdir() if path.is_file()]
    return sorted(found)


def device(name, namespace):
    """The PCI device of a link: `ip netns exec` mounts the namespace's own sysfs."""
    return os.path.basename(inside(namespace, "readlink", f"/sys/class/net/{name}/device").strip())


def inside(namespace, *command, check=True):
    return run("ip", "netns", "exec", namespace, *command, check=check)
