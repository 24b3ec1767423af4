// SPDX-License-Identifier: Apache-2.0

import CNI
import Linux
import NetworkModel
import SRIOV

/// An attachment that Go sriov-cni made before it was replaced on this node.
///
/// Its cache file holds the configuration and the original state; from them comes the record that
/// this plugin would have written.
struct GoAttachment {
  private let cache: TextFile
  private let record: AllocationRecord

  /// Reads what Go sriov-cni has kept of an attachment, or returns nil where that is nothing.
  /// - Throws: `CNIError`.
  init?(_ request: AttachmentRequest, _ node: Node) throws(CNIError) {
    let owner = AllocationRecord.Owner(request)
    cache = node.store.peerCache(containerID: owner.containerID, interface: owner.interface)
    let found: AllocationRecord?
    do {
      guard let text = try cache.read() else { return nil }
      found = try Self.record(text, owner, request, node)
    } catch let error as KernelError {
      throw CNIError(error, code: .ioFailure)
    } catch {
      found = nil
    }
    guard let found else {
      // A crash may have cut it off, as it is not written safely: nothing can be restored from it,
      // and a DEL that fails for ever would keep the pod.
      Log.tolerated("cannot read a cache of sriov-cni", ["file": cache.path])
      _ = try? cache.remove()  // the next DEL tries again
      return nil
    }
    record = found
  }

  /// Gives the virtual function back, unless somebody else has it by now, and removes both files.
  /// - Throws: `CNIError`.
  func release(_ node: Node) throws(CNIError) {
    guard let lock = try node.lock(record.address) else { return }
    defer { extendLifetime(lock) }
    do {
      let isOurs =
        try node.store.record(of: record.address) == nil
        && node.store.peerNamespace(of: record.address) == record.namespace.path
        && !cache.isOlderThanBoot()
      if isOurs { try Restoration.run(record, node) }
      try cache.remove()
    } catch let error as AllocationStore.RecordError {
      throw CNIError(error)
    } catch let error as KernelError {
      throw CNIError(error, code: .ioFailure)
    } catch let error as CNIError {
      throw error
    } catch {
      throw CNIError(.internalFailure, "\(error)")
    }
  }

  private static func record(
    _ text: String,
    _ owner: AllocationRecord.Owner,
    _ request: AttachmentRequest,
    _ node: Node
  ) throws -> AllocationRecord? {
    guard case .object(let object) = try JSON.parse(Array(text.utf8)),
      let address = try SRIOVConfiguration.device(ConfigurationObject(object)),
      let original = try ConfigurationObject(object)["OrigVfState"].object()
    else { return nil }
    let root = ConfigurationObject(object)
    let device = try node.devices.virtualFunction(at: address)
    let recorded = try node.store.peerNamespace(of: address)
    let path = request.namespacePath ?? recorded ?? ""
    let identity = (try? NetworkNamespace(path: path))?.identity  // gone is no failure
    let index = try device?.physical?.index.number ?? UInt32(root["VFID"].integer() ?? 0)
    return AllocationRecord(
      address: address,
      incarnation: device?.incarnation ?? 0,
      boot: try Boot.identifier(),
      owner: owner,
      namespace: .init(path: path, identity: identity ?? .init(device: 0, inode: 0)),
      original: VFOriginal(
        settings: try VFIndex(Int(index)).map { try VFSettings($0, original) },
        interface: try HostInterface(original),
        setsMAC: try !(root["mac"].string() ?? "").isEmpty
      )
    )
  }
}

extension VFSettings {
  /// Reads Go sriov-cni's `OrigVfState`.
  fileprivate init(_ index: VFIndex, _ original: ConfigurationObject) throws(CNIError) {
    let tag = try original["VlanProto"].integer()
    self.init(
      index: index,
      mac: try original["AdminMAC"].string().flatMap { MACAddress($0) },
      vlan: VFVLAN(
        VLANID(try original["Vlan"].integer() ?? 0),
        priority: UInt8(clamping: try original["VlanQoS"].integer() ?? 0),
        tagProtocol: tag == 0x88A8 ? .dot1AD : .dot1Q
      ),
      rate: VFRate(
        minimumMegabitsPerSecond: try original["MinTxRate"].integer() ?? 0,
        maximumMegabitsPerSecond: try original["MaxTxRate"].integer() ?? 0
      ),
      checksSpoofing: try original["SpoofChk"].bool(),
      isTrusted: try original["Trust"].bool(),
      linkState: VFLinkState(number: UInt32(clamping: try original["LinkState"].integer() ?? 0))
    )
  }
}

extension HostInterface {
  fileprivate init?(_ original: ConfigurationObject) throws(CNIError) {
    guard let name = InterfaceName(try original["HostIFName"].string() ?? "") else { return nil }
    self.init(
      name: name,
      mac: try original["EffectiveMAC"].string().flatMap { MACAddress($0) },
      mtu: try original["MTU"].integer() ?? 1500
    )
  }
}
