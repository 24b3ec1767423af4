// SPDX-License-Identifier: Apache-2.0

import CNI
import GuestAddressing
import NetworkModel

extension AddressServiceConfiguration {
  /// Reads the section `dhcp`; nil unless its mode is `spawn`, every fault is gathered.
  init?(_ value: ConfigurationValue, _ faults: inout Faults) {
    guard let object = faults.read(value, ConfigurationValue.object) else { return nil }
    self.init()
    faults.refuseKeys(of: object, besides: Self.keys)
    let mode = faults.gather(try object["mode"].pathFirst(try object["mode"].choice(of: Mode.self)))
    read(object, &faults)
    guard mode == .spawn else { return nil }
  }

  private static let keys = [
    "mode", "dns", "search", "domain", "hostname", "leaseTime", "ntpServers", "tftpServerName",
    "bootFileName", "privateOptions",
  ]

  fileprivate enum Mode: String, CaseIterable {
    case none, spawn
  }

  private mutating func read(_ object: ConfigurationObject, _ faults: inout Faults) {
    nameServers = Self.list(object["dns"], &faults) { element throws(CNIError) in
      guard let address = try element.address() else { return nil }
      guard ResolverSettings.reaches(address) else {
        throw element.invalid("must be an address that the VM can reach")
      }
      return address
    }
    search = Self.list(object["search"], &faults) { element throws(CNIError) in
      guard let text = try element.string(), let name = DomainName(text) else {
        throw element.invalid("must be a domain such as example.org")
      }
      return name
    }
    domain = faults.read(object["domain"], ConfigurationValue.domain)
    hostname = faults.read(object["hostname"], ConfigurationValue.domain)
    leaseSeconds = faults.integer(object["leaseTime"], in: 60...Int(UInt32.max)).map(UInt32.init)
    extras.ntpServers =
      Self.list(object["ntpServers"], &faults) { element throws(CNIError) in
        guard let address = try element.address(), address.family == .v4 else {
          throw element.invalid("must be an IPv4 address")
        }
        return address
      } ?? []
    extras.tftpServerName = faults.read(object["tftpServerName"], ConfigurationValue.shortText)
    extras.bootFileName = faults.read(object["bootFileName"], ConfigurationValue.shortText)
    readPrivateOptions(object["privateOptions"], &faults)
  }

  /// KubeVirt's form: `[{"option": 240, "value": "text"}]`.
  private mutating func readPrivateOptions(_ value: ConfigurationValue, _ faults: inout Faults) {
    for element in faults.read(value, ConfigurationValue.elements) ?? [] {
      guard let object = faults.read(element, ConfigurationValue.object) else { continue }
      faults.refuseKeys(of: object, besides: ["option", "value"])
      let number = faults.integer(object["option"], in: 224...254)
      let text = faults.read(object["value"], ConfigurationValue.shortText)
      guard let number, let text else {
        faults.append(element.fault("must have \"option\" and \"value\""))
        continue
      }
      if extras.privateOptions[UInt8(number)] != nil {
        faults.append(object["option"].fault("duplicate \(number)"))
      }
      extras.privateOptions[UInt8(number)] = text
    }
  }

  private static func list<Element>(
    _ value: ConfigurationValue,
    _ faults: inout Faults,
    _ read: (ConfigurationValue) throws(CNIError) -> Element?
  ) -> [Element]? {
    guard value.value != nil else { return nil }
    let elements = faults.read(value, ConfigurationValue.elements) ?? []
    var list: [Element] = []
    for element in elements {
      let value = faults.gather(try element.pathFirst(try read(element)))
      if let value { list.append(value) }
    }
    return list
  }
}

extension ConfigurationValue {
  fileprivate func domain() throws(CNIError) -> DomainName? {
    guard let text = try string() else { return nil }
    guard let name = DomainName(text) else { throw fault("\(self.text) (must be a domain name)") }
    return name
  }

  /// Reads a text that one DHCP option can carry.
  fileprivate func shortText() throws(CNIError) -> String? {
    guard let text = try string() else { return nil }
    guard (1...255).contains(text.utf8.count) else {
      throw fault("\(self.text) (must have 1 to 255 bytes)")
    }
    return text
  }
}
