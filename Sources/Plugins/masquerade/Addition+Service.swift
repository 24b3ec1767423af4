// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import GuestAddressing
import Linux
import NetworkModel

extension Addition {
  /// Starts the VM's address service in the pod's namespace, where the configuration asks for it.
  func startAddressService(_ service: AddressServiceConfiguration) throws(CNIError) {
    let words = try options(service).words
    let (process, output): (LastingProcess?, String)
    do {
      // What an ADD that was interrupted has left.
      try AddressServiceRecord.end(attachment)
      (process, output) = try kernel.run(in: .container) { () throws(KernelError) in
        try LastingProcess.startSelf(
          arguments: ["masquerade", "dhcp"] + words,
          withinMilliseconds: 5000
        )
      }
      if let process { try AddressServiceRecord(request.identifier, process).keep(attachment) }
    } catch {
      throw CNIError(refused: error)
    }
    guard process != nil else {
      throw CNIError(
        .internalFailure,
        "the VM's address service did not start: \(output.onOneLine)"
      )
    }
  }

  /// The pod's resolver is not known to a plugin: the configuration's, the network's and then the
  /// previous result's settings stand for it, before the node's own.
  private func options(
    _ service: AddressServiceConfiguration
  ) throws(CNIError) -> AddressServiceOptions {
    var options = AddressServiceOptions()
    let dns = try request.configuration.dns() ?? previous.dns
    let stated = dns.nameservers.compactMap { IPAddress($0) }
    let domains = dns.search.compactMap { DomainName($0) }
    options.interface = configuration.bridge
    options.nameServers = service.nameServers ?? (stated.isEmpty ? nil : stated)
    options.search =
      service.search.map { $0.compactMap { DomainName($0) } } ?? (domains.isEmpty ? nil : domains)
    options.hostname = service.hostname ?? request.arguments["K8S_POD_NAME"] ?? ""
    options.leaseSeconds = service.leaseSeconds
    options.extras.timeServers = service.timeServers
    options.extras.tftpServerName = service.tftpServerName
    options.extras.bootFileName = service.bootFileName
    options.extras.privateOptions = service.privateOptions
    // Nobody, where the VM is root's: the service needs nothing once its sockets are open.
    options.user = configuration.owner.flatMap { $0 == 0 ? nil : $0 } ?? 65534
    options.isDetached = true
    return options
  }
}
