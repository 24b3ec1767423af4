// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel

/// The form of a record on the disk: `key=value` lines below a first line that names the form.
extension AllocationRecord {
  private static let heading = "sriov allocation 1"

  /// The record as text.
  package var text: String {
    var lines = [
      "address=\(address)", "incarnation=\(incarnation)", "boot=\(boot)",
      "network=\(owner.network)", "container=\(owner.containerID)",
      "interface=\(owner.interface)", "namespace=\(namespace.path)",
      "namespace.device=\(namespace.identity.device)",
      "namespace.inode=\(namespace.identity.inode)",
      "sets.mac=\(original.setsMAC)", "mac.locked=\(original.isMACLocked)",
    ]
    if let cookie = namespace.cookie { lines.append("namespace.cookie=\(cookie)") }
    if let settings = original.settings { lines += Self.lines(settings) }
    if let interface = original.interface { lines += Self.lines(interface) }
    return ([Self.heading] + lines).joined(separator: "\n") + "\n"
  }

  private static func lines(_ settings: VFSettings) -> [String] {
    var lines = [
      "vf.index=\(settings.index)", "vf.vlan=\(settings.vlan.identifier?.number ?? 0)",
      "vf.vlan.priority=\(settings.vlan.priority)",
      "vf.vlan.protocol=\(settings.vlan.tagProtocol.rawValue)",
      "vf.rate.minimum=\(settings.rate.minimumMegabitsPerSecond)",
      "vf.rate.maximum=\(settings.rate.maximumMegabitsPerSecond)",
    ]
    if let mac = settings.mac { lines.append("vf.mac=\(mac)") }
    if let checks = settings.checksSpoofing { lines.append("vf.spoofcheck=\(checks)") }
    if let trusted = settings.isTrusted { lines.append("vf.trust=\(trusted)") }
    if let state = settings.linkState { lines.append("vf.linkstate=\(state.rawValue)") }
    return lines
  }

  private static func lines(_ interface: HostInterface) -> [String] {
    var lines = ["host.name=\(interface.name)", "host.up=\(interface.isUp)"]
    if let mtu = interface.mtu { lines.append("host.mtu=\(mtu)") }
    if let mac = interface.mac { lines.append("host.mac=\(mac)") }
    return lines + interface.alternativeNames.map { "host.altname=\($0)" }
  }

  /// Reads a record; nil for a text that this or a compatible version has not written.
  package init?(text: String) {
    var lines = text.split(separator: "\n").map(String.init)
    guard text.hasSuffix("\n"), lines.first == Self.heading else { return nil }
    lines.removeFirst()
    self.init(fields: RecordFields(lines))
  }

  private init?(fields: RecordFields) {
    guard let address = fields["address"].flatMap({ PCIAddress($0) }),
      let incarnation = fields["incarnation"].flatMap({ UInt64($0) }),
      let boot = fields["boot"], let network = fields["network"],
      let containerID = fields["container"],
      let interface = fields["interface"].flatMap({ InterfaceName($0) }),
      let path = fields["namespace"],
      let device = fields["namespace.device"].flatMap({ UInt64($0) }),
      let inode = fields["namespace.inode"].flatMap({ UInt64($0) })
    else { return nil }
    self.init(
      address: address,
      incarnation: incarnation,
      boot: boot,
      owner: Owner(network: network, containerID: containerID, interface: interface),
      namespace: Namespace(
        path: path,
        identity: NetworkNamespace.Identity(device: device, inode: inode),
        cookie: fields["namespace.cookie"].flatMap { UInt64($0) }
      ),
      original: VFOriginal(
        settings: VFSettings(fields),
        interface: HostInterface(fields),
        setsMAC: fields.flag("sets.mac") ?? false,
        isMACLocked: fields.flag("mac.locked") ?? false
      )
    )
  }
}

/// The `key=value` lines of a record.
private struct RecordFields {
  private let fields: [(key: Substring, value: String)]

  init(_ lines: [String]) {
    fields = lines.compactMap { line in
      line.firstIndex(of: "=").map { (line[..<$0], String(line[line.index(after: $0)...])) }
    }
  }

  subscript(key: String) -> String? { fields.first { $0.key == key }?.value }

  func all(_ key: String) -> [String] { fields.filter { $0.key == key }.map { $0.value } }

  func flag(_ key: String) -> Bool? { self[key].flatMap { Bool($0) } }
}

extension VFSettings {
  fileprivate init?(_ fields: RecordFields) {
    guard let index = fields["vf.index"].flatMap({ Int($0) }).flatMap({ VFIndex($0) }) else {
      return nil
    }
    self.init(
      index: index,
      mac: fields["vf.mac"].flatMap { MACAddress($0) },
      vlan: VFVLAN(
        fields["vf.vlan"].flatMap { Int($0) }.flatMap { VLANID($0) },
        priority: fields["vf.vlan.priority"].flatMap { UInt8($0) } ?? 0,
        tagProtocol: fields["vf.vlan.protocol"].flatMap { VFVLAN.TagProtocol(rawValue: $0) }
          ?? .dot1Q
      ),
      rate: VFRate(
        minimumMegabitsPerSecond: fields["vf.rate.minimum"].flatMap { Int($0) } ?? 0,
        maximumMegabitsPerSecond: fields["vf.rate.maximum"].flatMap { Int($0) } ?? 0
      ),
      checksSpoofing: fields.flag("vf.spoofcheck"),
      isTrusted: fields.flag("vf.trust"),
      linkState: fields["vf.linkstate"].flatMap { VFLinkState(rawValue: $0) }
    )
  }
}

extension HostInterface {
  fileprivate init?(_ fields: RecordFields) {
    guard let name = fields["host.name"].flatMap({ InterfaceName($0) }) else { return nil }
    self.init(
      name: name,
      mac: fields["host.mac"].flatMap { MACAddress($0) },
      mtu: fields["host.mtu"].flatMap { Int($0) },
      isUp: fields.flag("host.up") ?? false,
      alternativeNames: fields.all("host.altname")
    )
  }
}
