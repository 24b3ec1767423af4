// SPDX-License-Identifier: Apache-2.0

import GuestAddressing
import NetworkModel

/// The arguments of `masquerade dhcp`, which override the kernel's state and /etc/resolv.conf.
struct AddressServiceOptions: Equatable {
  /// The bridge; nil for the only one that the plugin created here.
  var interface: InterfaceName?
  /// Name servers.
  var nameServers: [IPAddress]?
  /// The search list.
  var search: [DomainName]?
  /// The guest's own domain; also the search list if that is missing.
  var domain: DomainName?
  /// The guest's name; nil to derive it from the pod's, an empty text for none.
  var hostname: String?
  /// The lease time in seconds.
  var leaseSeconds: UInt32?
  /// Options that only DHCPv4 carries.
  var extras = GuestFacts.Extras()
  /// The user that root becomes once the sockets are open: `nobody`, unlike the VM's QEMU.
  var user: UInt32 = 65534
  /// Whether to print `ready`, wait for the go-ahead and then close the streams.
  var isDetached = false

  /// Why arguments are invalid.
  struct Fault: Error, Equatable {
    /// The fault, in one line.
    let text: String
  }

  /// Creates options that change nothing.
  init() {}

  /// Parses arguments, each option followed by its value.
  init(_ words: [String]) throws(Fault) {
    var rest = words[...]
    while let option = rest.popFirst() {
      if option == "--detached" {
        isDetached = true
        continue
      }
      guard Self.names.contains(option) else { throw Fault(text: "unknown option '\(option)'") }
      guard let value = rest.popFirst() else { throw Fault(text: "\(option) needs a value") }
      guard set(option, value) else { throw Fault(text: "\(option): invalid value '\(value)'") }
    }
  }

  private static let names = [
    "--interface", "--dns", "--search", "--domain", "--hostname", "--lease-time", "--ntp",
    "--tftp-server", "--boot-file", "--option", "--user",
  ]

  private mutating func set(_ option: String, _ value: String) -> Bool {
    switch option {
    case "--interface":
      interface = InterfaceName(value)
      return interface != nil
    case "--dns":
      nameServers = Self.list(value) { IPAddress($0) }
      return nameServers != nil
    case "--search":
      search = Self.list(value) { DomainName($0) }
      return search != nil
    case "--domain":
      domain = DomainName(value)
      return domain != nil
    case "--hostname":
      hostname = value
      return value.isEmpty || DomainName(value) != nil
    case "--lease-time":
      leaseSeconds = UInt32(value).flatMap { $0 >= 60 ? $0 : nil }
      return leaseSeconds != nil
    case "--ntp":
      let servers = Self.list(value) { IPAddress($0).flatMap { $0.family == .v4 ? $0 : nil } }
      extras.ntpServers = servers ?? []
      return servers != nil
    case "--tftp-server":
      extras.tftpServerName = value
      return (1...255).contains(value.utf8.count)
    case "--boot-file":
      extras.bootFileName = value
      return (1...255).contains(value.utf8.count)
    case "--option": return setPrivateOption(value)
    case "--user":
      user = UInt32(value) ?? 0
      return user != 0 && user != .max
    default: return false
    }
  }

  private mutating func setPrivateOption(_ value: String) -> Bool {
    let parts = value.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, let number = UInt8(parts[0]), (224...254).contains(number),
      parts[1].utf8.count <= 255
    else { return false }
    extras.privateOptions[number] = String(parts[1])
    return true
  }

  private static func list<Element>(_ text: String, _ parse: (String) -> Element?) -> [Element]? {
    let words = text.split(separator: ",").map(String.init)
    let elements = words.compactMap(parse)
    return elements.count == words.count ? elements : nil
  }
}

extension AddressServiceOptions {
  /// The arguments from which these options can be parsed.
  var words: [String] {
    var words: [String] = []
    let add = { (option: String, value: String?) in
      if let value { words += [option, value] }
    }
    add("--interface", interface?.string)
    add("--dns", nameServers.map { $0.map { $0.description }.joined(separator: ",") })
    add("--search", search.map { $0.map { $0.text }.joined(separator: ",") })
    add("--domain", domain?.text)
    add("--hostname", hostname)
    add("--lease-time", leaseSeconds.map { String($0) })
    let times = extras.ntpServers.map { $0.description }.joined(separator: ",")
    add("--ntp", times.isEmpty ? nil : times)
    add("--tftp-server", extras.tftpServerName)
    add("--boot-file", extras.bootFileName)
    for (number, text) in extras.privateOptions.sorted(by: { $0.key < $1.key }) {
      add("--option", "\(number)=\(text)")
    }
    add("--user", String(user))
    return words + (isDetached ? ["--detached"] : [])
  }
}
