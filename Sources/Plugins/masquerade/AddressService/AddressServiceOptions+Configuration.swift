// SPDX-License-Identifier: Apache-2.0

import CNI
import GuestAddressing
import NetworkModel

extension AddressServiceOptions {
  /// The options with which ADD starts the service.
  ///
  /// Name servers come from the first source with one the guest can reach: the section `dhcp`, the
  /// network's `dns`, the previous result; domain and search list from the first source that has
  /// either. The host name is the configuration's, or else derived from the pod's name.
  init(
    _ service: AddressServiceConfiguration,
    bridge: InterfaceName,
    network: DNS?,
    previous: DNS?,
    pod: String?
  ) {
    interface = bridge
    let dns = [network, previous].compactMap { $0 }
    let servers = dns.map { $0.nameservers.compactMap { IPAddress($0) } }
      .map { $0.filter(ResolverSettings.reaches) }
    nameServers = service.nameServers ?? servers.first { !$0.isEmpty }
    let own = (service.domain, service.search)
    let names =
      [own]
      + dns.map { dns in
        let search = dns.search.compactMap { DomainName($0) }
        return (dns.domain.flatMap { DomainName($0) }, search.isEmpty ? nil : search)
      }
    if let found = names.first(where: { $0.0 != nil || $0.1 != nil }) { (domain, search) = found }
    hostname = (service.hostname ?? DomainName(ofVMInPod: pod ?? ""))?.text ?? ""
    leaseSeconds = service.leaseSeconds
    extras = service.extras
    isDetached = true
  }

  /// The guest's resolver: options, then `resolv.conf`, then KubeVirt's default.
  func resolver(_ text: String) -> ResolverSettings {
    var settings = ResolverSettings(text: text)
    settings.servers = nameServers ?? settings.servers
    settings.search = search ?? domain.map { [$0] } ?? settings.search
    settings.statedDomain = domain
    if settings.servers.isEmpty, nameServers == nil {
      settings.servers = [IPAddress("8.8.8.8")].compactMap { $0 }
    }
    if settings.search.isEmpty, search == nil {
      settings.search = [DomainName("cluster.local")].compactMap { $0 }
    }
    return settings
  }
}
