// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel

/// The format of a record on disk: `key=value` lines after a first line that names the format.
///
/// Unknown keys are ignored, and a missing key stands for what versions that did not write it knew:
/// later versions add keys and keep the number.
extension AllocationRecord {
  private static let heading = "sriov allocation 1"

  /// The record as text.
  package var text: String {
    var lines = [
      "address=\(address)", "incarnation=\(incarnation)", "boot=\(boot)",
      "network=\(attachment.network)", "container=\(attachment.containerID)",
      "interface=\(attachment.containerInterface)", "namespace=\(namespace.path)",
      "namespace.device=\(namespace.identity.device)",
      "namespace.inode=\(namespace.identity.inode)",
      "sets.mac=\(original.setsMAC)", "mac.locked=\(original.isMACLocked)",
    ]
    if let cookie = namespace.cookie { lines.append("namespace.cookie=\(cookie)") }
    if let settings = original.settings { lines += Self.lines(settings) }
    if let interface = original.interface { lines += Self.lines(interface) }
    if let remainder { lines.append("remainder=\(remainder)") }
    let names = original.interface?.alternativeNames ?? []
    lines = lines.map { $0.utf8.escaped } + names.map { "host.altname=\($0.bytes.escaped)" }
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
    lines += interface.settings.map {
      "host.\($0.kind.rawValue)=\(Hexadecimal.text(of: $0.bytes))"
    }
    return lines + interface.programs.map { "host.xdp=\($0.rawValue)" }
  }

  /// Parses a record; nil if the text was written by no version, or is incomplete.
  package init?(text: String) {
    guard text.hasSuffix("\n"), text.hasPrefix(Self.heading + "\n") else { return nil }
    self.init(fields: RecordFields(text))
  }

  /// Returns the container and the boot named by a text that is not a record; nil if missing.
  static func traces(in text: String) -> (containerID: String?, boot: String?) {
    let fields = RecordFields(text)
    return (fields["container"], fields["boot"])
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
      attachment: Attachment(
        network: network,
        containerID: containerID,
        containerInterface: interface
      ),
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
      ),
      remainder: fields["remainder"]
    )
  }
}

/// The `key=value` lines of a record.
private struct RecordFields {
  private let fields: [(key: Substring, value: [UInt8])]

  init(_ text: String) {
    fields = text.split(separator: "\n").compactMap { line in
      line.firstIndex(of: "=").map { (line[..<$0], line[line.index(after: $0)...].utf8.unescaped) }
    }
  }

  subscript(key: String) -> String? {
    all(key).first.map { String(decoding: $0, as: UTF8.self) }
  }

  func all(_ key: String) -> [[UInt8]] { fields.filter { $0.key == key }.map { $0.value } }

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
      alternativeNames: fields.all("host.altname").map { AlternativeName(bytes: $0) },
      settings: LinkSetting.Kind.allCases.compactMap { kind in
        fields["host.\(kind.rawValue)"].flatMap { Hexadecimal.bytes(of: $0) }
          .map { LinkSetting(kind, $0) }
      },
      programs: fields.all("host.xdp").compactMap {
        UInt32(String(decoding: $0, as: UTF8.self)).flatMap { XDPMode(rawValue: $0) }
      }
    )
  }
}

extension Sequence<UInt8> {
  /// The bytes as text on one line: `\xHH` stands for anything but printable ASCII, and for `\`.
  fileprivate var escaped: String {
    var text: [UInt8] = []
    for byte in self {
      if (0x20..<0x7F).contains(byte), byte != UInt8(ascii: "\\") {
        text.append(byte)
      } else {
        text += Array("\\x\(Hexadecimal.text(of: [byte]))".utf8)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension Substring.UTF8View {
  /// The bytes from which `escaped` was made.
  fileprivate var unescaped: [UInt8] {
    var bytes: [UInt8] = []
    var rest = self[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.first == UInt8(ascii: "x"),
        let escaped = Hexadecimal.bytes(of: String(decoding: digits.dropFirst(), as: UTF8.self)),
        escaped.count == 1
      {
        bytes += escaped
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }
}
