// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import GuestAddressing

struct ResolverSettingsTests {
  /// What is left of a name when Kubernetes cuts `virt-launcher-NAME-` to 58 bytes.
  private static let cut = String(repeating: "n", count: 44)

  @Test func `servers and domains keep their order`() {
    let settings = ResolverSettings(
      text: """
        # made by the kubelet
        nameserver 10.96.0.10
        nameserver fd00:96::a
        search NS.svc.cluster.local\tsvc.cluster.local. cluster.local
        options ndots:5
        """
    )

    #expect(settings.servers.map(\.description) == ["10.96.0.10", "fd00:96::a"])
    #expect(
      settings.search.map(\.text)
        == ["ns.svc.cluster.local", "svc.cluster.local", "cluster.local"]
    )
    #expect(settings.domain?.text == "ns.svc.cluster.local")
  }

  @Test func `of several search lines the last counts`() {
    let settings = ResolverSettings(text: "search a.example\ndomain b.example\nsearch c.example\n")

    #expect(settings.search.map(\.text) == ["c.example"])
  }

  @Test(
    arguments: [
      "nameserver", "nameserver 10.0.0", "nameserver 127.0.0.53", "nameserver ::1",
      "nameserver fe80::1%eth0", "nameserver fe80::1", "nameserver 0.0.0.0", "nameserver ff02::1",
      "search -bad- a..b",
      "search \(String(repeating: "x", count: 64)).example", "\u{0}\u{1}\r\n",
    ]
  )
  func `entries a guest cannot use are left out`(text: String) {
    #expect(ResolverSettings(text: text) == ResolverSettings())
  }

  @Test func `a domain is written as labels`() {
    #expect(
      hex(DomainName("ns.svc")?.encoded) == "026e730373766300"
    )
  }

  @Test(
    arguments: [
      ("virt-launcher-vm-x7k2p", "vm"), ("virt-launcher-my-vm-bcdfg", "my-vm"), ("web-0", "web-0"),
      // Not random: vowels. Not KubeVirt's.
      ("virt-launcher-vm-alpha", "vm-alpha"), ("vm-x7k2p", "vm-x7k2p"),
      // A name with a dot; one cut to 63 bytes with its hyphen; one whose cut ends in a hyphen.
      ("virt-launcher-a.example-x7k2p", "a"),
      ("virt-launcher-\(cut)x7k2p", cut),
      ("virt-launcher-\(cut.dropLast())-x7k2p", "\(cut.dropLast())"),
      ("\(cut)\(cut)", String((cut + cut).prefix(63))),
      ("\(cut)nnnnnnnnnnnnnnnnnn-pod", "\(cut)nnnnnnnnnnnnnnnnnn"),
    ]
  )
  func `a VM is named like its pod without KubeVirt's additions`(pod: String, name: String) {
    #expect(DomainName(ofVMInPod: pod)?.text == name)
  }

  @Test(arguments: ["", "virt-launcher-", ".", "--", "a b"])
  func `a pod's name may leave none for its VM`(pod: String) {
    #expect(DomainName(ofVMInPod: pod) == nil)
  }

  @Test(arguments: ["10.0.2.1/24", "10.0.2.1/30", "fd10:0:2::1/126"])
  func `the guest has the address after the gateway's`(gateway: String) {
    let network = GuestFacts.Network(gateway: prefix(gateway))

    #expect(network?.guest == prefix(gateway).address.successor)
  }

  @Test(arguments: ["10.0.2.2/30", "10.0.2.1/32", "255.255.255.255/24", "10.0.2.254/24"])
  func `a network may have no room for a guest`(gateway: String) {
    #expect(GuestFacts.Network(gateway: prefix(gateway)) == nil)
  }
}
