// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

/// The node's devices, and the records about them.
struct Node {
  /// The PCI devices.
  var devices = PCIFolder()
  /// The records and locks.
  var store = AllocationStore()

  /// Returns the state of the virtual function at an address, with its interface if that is in this
  /// namespace, or nil if there is no such device.
  ///
  /// Names are read in sysfs and used in netlink while udev renames; drivers leave a virtual
  /// function out of the list while they reset it (i40e, ice). Both are temporary, so it is retried
  /// for two seconds. The first attempt uses what sysfs has already reported, if given.
  func observe(
    _ address: PCIAddress,
    startingAt known: VirtualFunction? = nil,
    on host: Side
  ) throws(KernelError) -> VFObservation? {
    let deadline = Polling.now + 2000
    var device = known
    if device == nil { device = try devices.virtualFunction(at: address) }
    while let found = device {
      let observation = try look(at: found, on: host)
      if observation.isWhole || Polling.now >= deadline { return observation }
      _ = try Polling.wait(for: [], milliseconds: 50)
      device = try devices.virtualFunction(at: address)
    }
    return nil
  }

  private func look(
    at device: VirtualFunction,
    on host: Side
  ) throws(KernelError) -> VFObservation {
    var observation = VFObservation(device: device)
    if let physical = device.physical, let interface = physical.interface {
      if let found = try host.route.virtualFunctions(of: interface),
        found.link.isInterface(interface, of: physical.address)
      {
        host.remember(found.link)
        observation.settings = found.list?.first { $0.index == physical.index }
        observation.isListed = found.list == nil || observation.settings != nil
      } else {
        observation.isListed = false
      }
    }
    if let interface = device.interface, let link = try host.link(named: interface),
      link.isInterface(interface, of: device.address)
    {
      observation.link = link
    }
    return observation
  }

  /// Restores a virtual function; reports on standard error what could not be restored yet.
  /// - Throws: `CNIError` if its interface cannot be reached.
  func giveBack(_ record: AllocationRecord, kernel: Kernel? = nil) throws(CNIError) {
    guard let remainder = try Restoration.run(record, self, kernel: kernel) else { return }
    Log.tolerated("not restored yet: \(remainder)", ["vf": record.address.text])
  }

  /// Returns the host's use of a virtual function's interface.
  func use(of link: Link, _ address: PCIAddress, by host: Side) throws(KernelError) -> HostUse {
    HostUse(
      uppers: try devices.uppers(of: link.name, at: address),
      addresses: try host.route.addresses(ofLinkAt: link.index)
    )
  }
}

extension Link {
  /// Whether it has the name, not as an alternative one, and belongs to the device; kernels before
  /// 5.14 do not report the device.
  func isInterface(_ name: InterfaceName, of device: PCIAddress) -> Bool {
    self.name == name && (parentDevice ?? device.text) == device.text
  }
}

extension AllocationRecord.Namespace {
  /// The namespace of a side, known by a path.
  init(_ side: Side, path: String) {
    self.init(path: path, identity: side.namespace.identity, cookie: side.route.namespaceCookie)
  }
}

extension CNIError {
  /// The error for a record that cannot be read.
  init(_ error: AllocationStore.RecordError) {
    switch error {
    case .failed(let error): self.init(error, code: .ioFailure)
    case .unreadable(_, let path, _):
      self.init(
        .ioFailure,
        "cannot read '\(path)': it is not an allocation record",
        details: "remove it once the VF's settings are correct"
      )
    }
  }
}

extension Kernel {
  /// Performs a step, and retries the rest of it for up to 1.3 seconds while the driver is busy.
  ///
  /// i40e and ice refuse requests (EAGAIN, EBUSY) while they reset a virtual function.
  /// - Throws: `KernelError` in the operation's words.
  func persist(in step: Step) throws(KernelError) {
    var step = step
    var pause = 20
    while true {
      do {
        return try perform(step)
      } catch {
        guard error.number == .tryAgain || error.number == .busy, pause <= 640 else {
          throw error
        }
      }
      _ = try Polling.wait(for: [], milliseconds: pause)
      pause *= 2
      guard let left = try left(of: step) else { return }
      step = left
    }
  }

  /// Performs steps in order, each as above.
  /// - Throws: `KernelError`, the first failure.
  func persist(inOrder steps: [Step]) throws(KernelError) {
    for step in steps { try persist(in: step) }
  }

  /// Returns what a physical function reports about one virtual function, or nil.
  func settings(
    of index: VFIndex,
    through physical: InterfaceName
  ) throws(KernelError) -> VFSettings? {
    try host.route.virtualFunctions(of: physical)?.list?.first { $0.index == index }
  }

  /// What remains of a step that was refused half-way: the kernel applies the settings of one
  /// message one after another.
  private func left(of step: Step) throws(KernelError) -> Step? {
    guard case .link(.changeVF(let index, let physical, let changes)) = step.operation,
      let present = try settings(of: index, through: physical)
    else { return step }
    let left = changes.map { $0.left(in: present) }.filter { !$0.isEmpty }
    return left.isEmpty ? nil : Step(step.namespace, .changeVF(index, of: physical, left))
  }
}
