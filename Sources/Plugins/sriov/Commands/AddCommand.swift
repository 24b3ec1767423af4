// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import NetworkModel
import SRIOV

/// One ADD in progress.
struct AddCommand {
  let request: AttachmentRequest
  let configuration: SRIOVConfiguration
  let attachment: Attachment
  let sandbox: String
  let ipam: IPAM?
  /// The result of the plugins before this one in the chain.
  private let previous: AddResult
  let node = Node()
  let kernel: Kernel
  var mayHoldLease = false

  /// Validates the request and opens both namespaces; nothing is changed yet.
  init(_ request: AttachmentRequest) throws(CNIError) {
    configuration = try SRIOVConfiguration(request)
    try request.configuration.version.judge(hasAddresses: configuration.hasIPAM)
    self.request = request
    attachment = request.attachment
    sandbox = try request.requiredNamespacePath()
    ipam = try request.ipam()
    previous = try request.configuration.previousResult() ?? AddResult()
    kernel = try Kernel(containerAt: sandbox)
    // CNI_NETNS_OVERRIDE allows it, but an interface that stays on the host counts as unused.
    guard kernel.container?.namespace.identity != kernel.host.namespace.identity else {
      throw CNIError(.invalidNamespace, "cannot hand a VF to the host's own namespace")
    }
  }

  /// Makes the attachment and delivers its result; if that fails at any point, the VF is restored.
  /// - Throws: `CNIError`, the first failure.
  mutating func run(_ report: (AddResult) throws(CNIError) -> Void) throws(CNIError) {
    let allocation = Allocation(
      configuration: configuration,
      attachment: attachment,
      node: node,
      kernel: kernel
    )
    let claim = try allocation.claim()
    defer { extendLifetime(claim) }
    try judge(claim.observation)
    var record = try makeRecord(claim.observation)
    do {
      try write(record)
      try handOver(claim.observation, &record)
      let addresses = try makeAddresses(claim.observation)
      try report(try result(claim.observation, addresses))
    } catch {
      takeBack(record)
      throw error
    }
  }

  private func judge(_ observation: VFObservation) throws(CNIError) {
    let driver = configuration.driver
    if let conflict = HandoverPlan.conflict(configuration, driver: driver, observation) {
      throw CNIError(conflict)
    }
    guard observation.link != nil else { return }
    let taken = try CNIError.converting(
      try kernel.container?.link(named: attachment.containerInterface)
    )
    if let taken { throw CNIError(VFConflict.containerNameTaken(taken.name, kind: taken.kind)) }
  }

  private func makeRecord(_ observation: VFObservation) throws(CNIError) -> AllocationRecord {
    guard let container = kernel.container else { preconditionFailure("ADD without a container") }
    return AllocationRecord(
      address: observation.device.address,
      incarnation: observation.device.incarnation,
      boot: try CNIError.converting(try Boot.identifier()),
      attachment: attachment,
      namespace: .init(container, path: sandbox),
      original: VFOriginal(
        settings: observation.settings,
        interface: observation.link.map { HostInterface($0) },
        setsMAC: configuration.mac != nil && observation.settings != nil
      )
    )
  }

  /// Writes the record and syncs it to disk before anything else happens.
  func write(_ record: AllocationRecord) throws(CNIError) {
    try CNIError.converting(to: .ioFailure, try node.store.write(record))
  }

  /// Restores the virtual function, and releases the lease, which failing IPAM plugins may hold too
  /// (CNI 1.1.0 §4, "Delegated plugin execution procedure").
  private func takeBack(_ record: AllocationRecord) {
    do {
      try node.giveBack(record, kernel: kernel)
    } catch {
      Log.tolerated(error.message, ["vf": record.address.text])
    }
    guard mayHoldLease else { return }
    do {
      try ipam?.run(.delete)
    } catch {
      Log.tolerated(error.message, ["vf": record.address.text])
    }
  }

  /// The virtual function as the container has it; read back, since only the kernel knows it all.
  private func result(
    _ observation: VFObservation,
    _ addresses: AddResult
  ) throws(CNIError) -> AddResult {
    var mac = configuration.mac ?? observation.settings?.mac
    var mtu: Int?
    if observation.link != nil {
      let name = attachment.containerInterface
      let link = try CNIError.converting(try kernel.container?.link(named: name))
      mac = link?.mac
      mtu = link?.mtu
    } else if let physical = observation.physicalInterface {
      mtu = try CNIError.converting(try kernel.host.link(named: physical)?.mtu)
    }
    let interface = AddResult.Interface(
      name: attachment.containerInterface.string,
      mac: mac == .zero ? nil : mac,
      mtu: mtu,
      sandbox: sandbox,
      pciID: observation.device.address.text
    )
    return previous.appending([interface], addresses, dns: try request.configuration.dns())
  }
}
