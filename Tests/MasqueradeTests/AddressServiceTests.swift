// SPDX-License-Identifier: Apache-2.0

import CNI
import GuestAddressing
import Linux
import NetworkModel
import Testing

@testable import masquerade

struct AddressServiceTests {
  @Test func `written options are read back equal`() throws {
    let words = [
      "--interface", "k6t-eth0", "--dns", "10.96.0.10,fd00::a", "--search", "a.example,b.example",
      "--domain", "c.example", "--hostname", "vm", "--lease-time", "600", "--ntp", "192.0.2.1",
      "--tftp-server", "t",
      "--boot-file", "b", "--option", "240=x=y", "--user", "107", "--detached",
    ]

    #expect(try AddressServiceOptions(words).words == words)
  }

  @Test(
    arguments: [
      (["--x"], "unknown option '--x'"), (["--dns"], "--dns needs a value"),
      (["--dns", "10.0"], "--dns: invalid value '10.0'"),
      (["--option", "12=x"], "--option: invalid value '12=x'"),
      (["--lease-time", "5"], "--lease-time: invalid value '5'"),
      (["--user", "0"], "--user: invalid value '0'"),
    ]
  )
  func `an invalid option is named`(words: [String], text: String) {
    #expect(throws: AddressServiceOptions.Fault(text: text)) { try AddressServiceOptions(words) }
  }

  @Test func `root becomes nobody if no user is given`() throws {
    #expect(try AddressServiceOptions([]).user == 65534)
  }

  private func options(
    _ service: AddressServiceConfiguration = AddressServiceConfiguration(),
    network: DNS? = nil,
    previous: DNS? = nil,
    pod: String? = nil
  ) throws -> AddressServiceOptions {
    let bridge = try #require(InterfaceName("k6t-eth0"))
    return AddressServiceOptions(
      service,
      bridge: bridge,
      network: network,
      previous: previous,
      pod: pod
    )
  }

  private let network = DNS(
    nameservers: ["192.0.2.1"],
    domain: "net.example",
    search: ["s.example"]
  )
  private let previous = DNS(nameservers: ["192.0.2.2"], domain: "prev.example")

  @Test func `the configuration's resolver overrides the network's and the result's`() throws {
    var service = AddressServiceConfiguration()
    service.nameServers = [IPAddress("192.0.2.3")].compactMap { $0 }
    service.domain = DomainName("own.example")

    let options = try options(service, network: network, previous: previous)

    #expect(options.nameServers?.map(\.description) == ["192.0.2.3"])
    #expect(options.domain?.text == "own.example")
    #expect(options.search == nil)
  }

  @Test func `the network's resolver overrides the result's`() throws {
    let options = try options(network: network, previous: previous)

    #expect(options.nameServers?.map(\.description) == ["192.0.2.1"])
    #expect(options.domain?.text == "net.example")
    #expect(options.search?.map(\.text) == ["s.example"])
  }

  @Test func `a network without usable servers leaves the result's resolver`() throws {
    let useless = DNS(nameservers: ["127.0.0.53", "::1", "fe80::1", "x"], search: ["-"])

    let options = try options(network: useless, previous: previous)

    #expect(options.nameServers?.map(\.description) == ["192.0.2.2"])
    #expect(options.domain?.text == "prev.example")
    #expect(options.resolver("search node.example").search.map(\.text) == ["prev.example"])
  }

  @Test func `settings given nowhere else are the node's`() throws {
    let settings = try options().resolver("nameserver 192.0.2.4\nsearch node.example")

    #expect(settings.servers.map(\.description) == ["192.0.2.4"])
    #expect(settings.domain?.text == "node.example")
  }

  @Test func `a node with only a loopback resolver leaves KubeVirt's default`() throws {
    let settings = try options().resolver("nameserver 127.0.0.53")

    #expect(settings.servers.map(\.description) == ["8.8.8.8"])
    #expect(settings.search.map(\.text) == ["cluster.local"])
  }

  @Test func `a given domain is the guest's, however short`() throws {
    var service = AddressServiceConfiguration()
    service.domain = DomainName("a.b")
    service.search = [DomainName("longer.example")].compactMap { $0 }

    let settings = try options(service).resolver("")

    #expect(settings.domain?.text == "a.b")
    #expect(settings.search.map(\.text) == ["longer.example"])
  }

  @Test func `the host name is the configuration's, else it comes from the pod's`() throws {
    var service = AddressServiceConfiguration()
    let pod = "virt-launcher-vm-x7k2p"
    let fromPod = try options(service, pod: pod)
    service.hostname = DomainName("own")
    let fromConfiguration = try options(service, pod: pod)

    #expect(fromPod.hostname == "vm")
    #expect(fromConfiguration.hostname == "own")
    #expect(try options(pod: String(repeating: "-", count: 70)).hostname == "")
  }

  @Test func `a written record is read back equal`() throws {
    let attachment = Attachment(
      network: "vm",
      containerID: "c-1",
      containerInterface: try #require(InterfaceName("net1"))
    )
    let record = AddressServiceRecord(LastingProcess(identifier: 4711, startTicks: 99))

    #expect(record.text(attachment) == "4711 99 c-1 net1\n")
    #expect(AddressServiceRecord(record.text(attachment)) == record)
  }

  @Test func `a network's name may be too long for a folder`() {
    let long = String(repeating: "n", count: 256)

    #expect(AddressServiceRecord.folder("vm") == "/run/cni/masquerade/vm")
    // NAME_MAX of linux/limits.h is 255. The hash is sha512sum's.
    #expect(AddressServiceRecord.folder(long) == "/run/cni/masquerade/.29eff28208c")
  }

  @Test(arguments: ["", "1 2 c i", "0 0 c i", "-5 1 c i", "x 1 c i", "7 1 c"])
  func `a text that names no process is not a record`(text: String) {
    #expect(AddressServiceRecord(text) == nil)
  }
}
