// SPDX-License-Identifier: Apache-2.0

import CNI
import Linux
import NetworkModel
import SRIOV

/// An attachment that Go sriov-cni created before it was replaced on this node.
///
/// Its cache file holds the configuration and the original state, from which the record is built
/// that this plugin would have written.
struct GoAttachment {
  private let cache: TextFile
  private let record: AllocationRecord
  /// Whether it is from a version before 2.8: those before 2.7 recorded no namespace.
  private let mayLackRecord: Bool

  /// Reads Go sriov-cni's cache for an attachment, or returns nil if there is none.
  init?(_ request: AttachmentRequest, _ node: Node) throws(CNIError) {
    cache = node.store.peerCache(of: request.attachment)
    guard let text = try CNIError.converting(to: .ioFailure, try cache.read()) else { return nil }
    let found = try CNIError.converting(to: .ioFailure, try Self.record(text, request, node))
    guard let found else {
      // A crash may have truncated it, as it is not written safely: nothing can be restored from
      // it, and a DEL that fails forever would keep the pod.
      Log.tolerated("cannot read a cache of sriov-cni", ["file": cache.path])
      _ = try? cache.remove()  // the next DEL tries again
      return nil
    }
    (record, mayLackRecord) = found
  }

  /// Restores the VF, unless another attachment has it by now, and removes both files.
  func release(_ node: Node) throws(CNIError) {
    let lock = try node.lock(record.address)
    defer { extendLifetime(lock) }
    if try isStillIts(node) { try node.giveBack(record) }
    try CNIError.converting(to: .ioFailure, try cache.remove())
  }

  /// Whether the virtual function has not been given to another attachment since.
  func isStillIts(_ node: Node) throws(CNIError) -> Bool {
    guard try node.record(of: record.address) == nil else { return false }
    let path = try CNIError.converting(
      to: .ioFailure,
      try node.store.peerNamespace(of: record.address)
    )
    return (path == record.namespace.path || path == nil && mayLackRecord)
      && !cache.isOlderThanBoot()
  }

  /// Builds a record from Go sriov-cni's cache; nil if the text is not one.
  private static func record(
    _ text: String,
    _ request: AttachmentRequest,
    _ node: Node
  ) throws(KernelError) -> (record: AllocationRecord, mayLackRecord: Bool)? {
    guard case .object(let object)? = try? JSON.parse(Array(text.utf8)),
      let address = try? SRIOVConfiguration.device(ConfigurationObject(object))
    else { return nil }
    let device = try node.devices.virtualFunction(at: address)
    let kept = try? original(ConfigurationObject(object), device?.physical?.index.number)
    guard let kept else { return nil }
    let recorded = try node.store.peerNamespace(of: address)
    let path = try path(request.namespacePath, recorded: recorded)
    let identity = try NetworkNamespace.ifThere(at: path)?.identity
    let record = AllocationRecord(
      address: address,
      incarnation: device?.incarnation ?? 0,
      boot: try Boot.identifier(),
      attachment: request.attachment,
      namespace: .init(path: path, identity: identity ?? .init(device: 0, inode: 0)),
      original: kept
    )
    return (record, object.value(named: "ContIFNames") != nil)
  }

  /// Returns the path of an attachment's namespace, spelt as in Go sriov-cni's record if that means
  /// the same namespace, or if neither exists any more; otherwise as requested.
  static func path(_ requested: String?, recorded: String?) throws(KernelError) -> String {
    guard let requested, let recorded else { return requested ?? recorded ?? "" }
    let own = try NetworkNamespace.ifThere(at: requested)?.identity
    return try NetworkNamespace.ifThere(at: recorded)?.identity == own ? recorded : requested
  }

  static func original(
    _ root: ConfigurationObject,
    _ number: UInt32?
  ) throws(CNIError) -> VFOriginal? {
    guard let original = try root["OrigVfState"].object() else { return nil }
    let kept = try root["VFID"].integer() ?? 0
    let index = VFIndex(number.map { Int($0) } ?? kept)
    return VFOriginal(
      settings: try index.map { index throws(CNIError) in try VFSettings(index, original, root) },
      interface: try HostInterface(original),
      setsMAC: try !(root["mac"].string() ?? "").isEmpty
    )
  }
}

extension VFSettings {
  /// Reads Go sriov-cni's `OrigVfState`, which contains trust from 2.8 on: earlier versions reset
  /// the trust they had been asked to set.
  fileprivate init(
    _ index: VFIndex,
    _ original: ConfigurationObject,
    _ root: ConfigurationObject
  ) throws(CNIError) {
    let tag = try original["VlanProto"].integer()
    let setsTrust = try !(root["trust"].string() ?? "").isEmpty
    let rates = 0...Int(UInt32.max)
    self.init(
      index: index,
      mac: try original["AdminMAC"].string().flatMap { MACAddress($0) },
      vlan: VFVLAN(
        VLANID(try original["Vlan"].integer() ?? 0),
        priority: UInt8(clamping: try original["VlanQoS"].integer() ?? 0),
        tagProtocol: tag == 0x88A8 ? .dot1AD : .dot1Q
      ),
      rate: VFRate(
        minimumMegabitsPerSecond: try original["MinTxRate"].integer(in: rates) ?? 0,
        maximumMegabitsPerSecond: try original["MaxTxRate"].integer(in: rates) ?? 0
      ),
      checksSpoofing: try original["SpoofChk"].bool(),
      isTrusted: try original["Trust"].bool() ?? (setsTrust ? false : nil),
      linkState: VFLinkState(number: UInt32(clamping: try original["LinkState"].integer() ?? 0))
    )
  }
}

extension HostInterface {
  fileprivate init?(_ original: ConfigurationObject) throws(CNIError) {
    guard let name = InterfaceName(try original["HostIFName"].string() ?? "") else { return nil }
    // It records nothing else; the next pod needs the defaults of a new Ethernet interface.
    self.init(
      name: name,
      mac: try original["EffectiveMAC"].string().flatMap { MACAddress($0) },
      mtu: try original["MTU"].integer(in: 0...Int(UInt32.max)).flatMap { $0 == 0 ? nil : $0 },
      settings: [
        LinkSetting(.flags, HostOrder.bytes(UInt32(0x1000))),  // IFF_MULTICAST
        LinkSetting(.alias, []), LinkSetting(.group, [0, 0, 0, 0]), LinkSetting(.mode, [0]),
      ]
    )
  }
}
