// SPDX-License-Identifier: Apache-2.0

import CNI
import GuestAddressing
import NetworkModel

extension AddressServiceConfiguration {
  /// Reads the section `dhcp`; nil unless its mode is `spawn`; all errors are collected.
  init?(_ value: ConfigurationValue, _ faults: inout Faults) {
    guard let object = faults.gather(try value.object()) else { return nil }
    self.init()
    faults.refuseKeys(of: object, besides: Self.keys)
    let mode = faults.gather(try object["mode"].choice(of: Mode.self))
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
    nameServers = faults.list(object["dns"]) { element throws(CNIError) in
      guard let address = try element.address() else { return nil }
      guard ResolverSettings.reaches(address) else {
        throw element.invalid("must be an address that the VM can reach")
      }
      return address
    }
    search = faults.list(object["search"]) { element throws(CNIError) in
      guard let text = try element.string(), let name = DomainName(text) else {
        throw element.invalid("must be a domain such as example.org")
      }
      return name
    }
    domain = faults.gather(try object["domain"].domain())
    hostname = faults.gather(try object["hostname"].domain())
    let times = 60...Int(UInt32.max)
    leaseSeconds = faults.gather(try object["leaseTime"].integer(in: times)).map(UInt32.init)
    extras.ntpServers =
      faults.list(object["ntpServers"]) { element throws(CNIError) in
        guard let address = try element.address(), address.family == .v4 else {
          throw element.invalid("must be an IPv4 address")
        }
        return address
      } ?? []
    extras.tftpServerName = faults.gather(try object["tftpServerName"].shortText())
    extras.bootFileName = faults.gather(try object["bootFileName"].shortText())
    readPrivateOptions(object["privateOptions"], &faults)
  }

  /// KubeVirt's form: `[{"option": 240, "value": "text"}]`.
  private mutating func readPrivateOptions(_ value: ConfigurationValue, _ faults: inout Faults) {
    for element in faults.gather(try value.elements()) ?? [] {
      guard let object = faults.gather(try element.object()) else { continue }
      faults.refuseKeys(of: object, besides: ["option", "value"])
      let number = faults.gather(try object["option"].integer(in: 224...254))
      let text = faults.gather(try object["value"].shortText())
      guard let number, let text else {
        faults.append(element.invalid("must have \"option\" and \"value\""))
        continue
      }
      if extras.privateOptions[UInt8(number)] != nil {
        faults.append(object["option"].conflict("duplicate \(number)"))
      }
      extras.privateOptions[UInt8(number)] = text
    }
  }
}

extension ConfigurationValue {
  fileprivate func domain() throws(CNIError) -> DomainName? {
    guard let text = try string() else { return nil }
    guard let name = DomainName(text) else { throw invalid("must be a domain name") }
    return name
  }

  /// Reads a text that fits one DHCP option.
  fileprivate func shortText() throws(CNIError) -> String? {
    guard let text = try string() else { return nil }
    guard (1...255).contains(text.utf8.count) else {
      throw invalid("must have 1 to 255 bytes")
    }
    return text
  }
}
