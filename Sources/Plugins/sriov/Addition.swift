// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import NetworkModel
import SRIOV

/// One ADD in progress.
struct Addition {
  let request: AttachmentRequest
  let configuration: SRIOVConfiguration
  let owner: AllocationRecord.Owner
  let sandbox: String
  let ipam: IPAM?
  let node: Node
  let kernel: Kernel
  var mayHoldLease = false

  /// Judges the request and opens both namespaces; nothing is changed yet.
  /// - Throws: `CNIError`.
  init(_ request: AttachmentRequest, _ node: Node) throws(CNIError) {
    configuration = try SRIOVConfiguration(request)
    let version = request.configuration.version
    guard configuration.hasIPAM || version.canExpressResultWithoutAddresses else {
      throw .resultNeedsAddress(version)
    }
    self.request = request
    self.node = node
    owner = AllocationRecord.Owner(request)
    sandbox = try request.requiredNamespacePath()
    ipam = try request.ipam()
    kernel = try Kernel(containerAt: sandbox)
  }

  /// Makes the attachment; where that fails at any point, the virtual function is as it was.
  /// - Throws: `CNIError`, the first failure.
  mutating func run() throws(CNIError) -> AddResult {
    let allocation = Allocation(
      configuration: configuration,
      owner: owner,
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
      return try result(claim.observation, addresses)
    } catch {
      takeBack(record)
      throw error
    }
  }

  private func judge(_ observation: VFObservation) throws(CNIError) {
    do {
      try HandoverPlan.judge(configuration, driver: configuration.driver, observation)
    } catch {
      throw CNIError(error)
    }
    guard observation.link != nil else { return }
    let taken: Link?
    do {
      taken = try kernel.container?.link(named: owner.interface)
    } catch {
      throw CNIError(error)
    }
    if let taken { throw CNIError(VFConflict.containerNameTaken(taken.name, kind: taken.kind)) }
  }

  private func makeRecord(_ observation: VFObservation) throws(CNIError) -> AllocationRecord {
    guard let container = kernel.container else { preconditionFailure("ADD without a container") }
    do {
      return AllocationRecord(
        address: observation.device.address,
        incarnation: observation.device.incarnation,
        boot: try Boot.identifier(),
        owner: owner,
        namespace: .init(container, path: sandbox),
        original: VFOriginal(
          settings: observation.settings,
          interface: observation.link.map { HostInterface($0) },
          setsMAC: configuration.mac != nil && observation.settings != nil
        )
      )
    } catch {
      throw CNIError(error)
    }
  }

  /// Writes the record, on the disk before anything else happens.
  func write(_ record: AllocationRecord) throws(CNIError) {
    do {
      try node.store.write(record)
    } catch {
      throw CNIError(error, code: .ioFailure)
    }
  }

  /// Gives the virtual function back, and releases the lease, which failing IPAM plugins may hold
  /// too (CNI 1.1.0 §4, "Delegated plugin execution procedure").
  private func takeBack(_ record: AllocationRecord) {
    do {
      try node.giveBack(record, kernel: kernel)
    } catch {
      Log.tolerated(error.message, ["vf": record.address.text])
    }
    guard mayHoldLease else { return }
    do {
      try ipam?.delete()
    } catch {
      Log.tolerated(error.message, ["vf": record.address.text])
    }
  }

  /// Reads back what only the kernel knows.
  private func result(
    _ observation: VFObservation,
    _ addresses: AddResult
  ) throws(CNIError) -> AddResult {
    var mac = configuration.mac ?? observation.settings?.mac
    var mtu: Int?
    do {
      if observation.link != nil {
        let link = try kernel.container?.link(named: owner.interface)
        mac = link?.mac
        mtu = link?.mtu
      } else if let physical = observation.physicalInterface {
        mtu = try kernel.host.link(named: physical)?.mtu
      }
    } catch {
      throw CNIError(error)
    }
    let result = SRIOVResult(
      name: owner.interface,
      device: observation.device.address,
      mac: mac == .zero ? nil : mac,
      mtu: mtu,
      sandbox: sandbox
    )
    return result.result(addresses, dns: try request.configuration.dns())
  }
}
