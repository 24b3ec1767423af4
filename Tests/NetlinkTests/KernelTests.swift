// SPDX-License-Identifier: Apache-2.0

import Linux
import Netlink
import NetworkModel
import TestSupport
import Testing

/// Operations are performed in a namespace of the test's own and read back, by this module and by
/// iproute2.
@Suite(.enabled(if: canMakeNetworkNamespaces(), "needs root to make network namespaces"))
struct KernelTests {
  private static func name(_ text: String) throws -> InterfaceName {
    try #require(InterfaceName(text))
  }

  /// Performs an operation, looking indices up as they are.
  private static func perform(_ operation: LinkOperation, _ socket: borrowing RouteSocket) throws {
    try socket.perform(operation) { name throws(KernelError) in
      try socket.link(named: name)?.index ?? 0
    }
  }

  @Test func `a bridge has the address and size it was created with`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let name = try Self.name("br1")
      let mac = try #require(MACAddress("02:00:00:00:00:02"))

      try Self.perform(.createBridge(BridgeCreation(name: name, mac: mac, mtu: 9000)), socket)

      let bridge = try #require(try socket.link(named: name))
      #expect(bridge.kind == "bridge")
      #expect(bridge.mac == mac)
      #expect(bridge.mtu == 9000)
      #expect(bridge.bridge?.filtersVLANs == false)
      #expect(!bridge.isUp)
    }
  }

  @Test func `a link is deleted by its index`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let mac = try #require(MACAddress("02:00:00:00:00:02"))
      let creation = BridgeCreation(name: try Self.name("br1"), index: 1 << 30, mac: mac)
      try Self.perform(.createBridge(creation), socket)

      try socket.deleteLink(at: 1 << 30)
      #expect(try socket.link(at: 1 << 30) == nil)
      try socket.deleteLink(at: 1 << 30)
    }
  }

  /// Alternative names stand in for virtual functions, of which this needs no device.
  @Test func `a reply of many pages is read completely`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let name = try Self.name("lo")
      let names = (100..<400).map { AlternativeName(String(repeating: "a", count: 120) + "\($0)") }

      for other in names { try Self.perform(.addAlternativeName(name, other), socket) }

      #expect(try socket.link(named: name)?.alternativeNames == names)
    }
  }

  /// A listing of so many takes longer than the time between two changes.
  @Test func `all links are listed while others come and go`() throws {
    try inNewNetworkNamespace {
      let standing = (0..<500).map { "v\($0)" }
      let commands = standing.map { "link add \($0) type bridge" }.joined(separator: "\n")
      #expect(try Program.run("ip", "-batch", "-", input: commands).status == 0)
      let disturber = try Disturber(
        running: """
          import subprocess
          change = "link add x type bridge\\nlink del x\\n" * 1000
          while True: subprocess.run(["ip", "-batch", "-"], input=change, text=True)
          """
      )
      defer { extendLifetime(disturber) }
      let socket = try RouteSocket()

      for _ in 0..<30 {
        let names = Set(try socket.links().map { $0.name.string })
        #expect(names.isSuperset(of: standing))
      }
    }
  }

  @Test func `a link that does not exist is reported as nil`() throws {
    try inNewNetworkNamespace {
      let link = try RouteSocket().link(named: try Self.name("nothing"))

      #expect(link == nil)
    }
  }

  @Test func `a port counts whatever bytes its name contains`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let script = """
        ip link add br1 type bridge
        for name in '\\377\\377\\377\\377\\377\\377\\377' '\\377a' 'aaaaaaaaaaaaa\\316\\261'; do
          ip link add "$(printf "$name")" master br1 type veth || exit 1
        done
        """
      #expect(try Program.run("sh", "-c", script).status == 0)

      let bridge = try #require(try socket.link(named: try Self.name("br1")))

      let names = try socket.links(below: bridge.index).map(\.name.string)
      #expect(
        names == ["\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}", "\u{FFFD}a", "aaaaaaaaaaaaa\u{3B1}"]
      )
    }
  }

  @Test func `a disabled port accepts no frames even after its carrier returns`()
    throws
  {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      for line in [
        "ip link add br1 up type bridge", "ip link add host up master br1 type veth peer name net1",
        "ip link set net1 up address 02:00:00:00:00:07",
        "bridge fdb replace 02:00:00:00:00:07 dev host master dynamic",
      ] { try Program.must(line) }

      try Self.perform(.disablePort(try Self.name("host")), socket)
      try Program.must("ip link set net1 down")
      try Program.must("ip link set net1 up")

      let port = try Program.must("bridge -d link show dev host")
      #expect(port.contains("learning off") && port.contains("locked on"))
      // A locked port takes frames from an address that is known behind it.
      #expect(try !Program.must("bridge fdb show br br1").contains("02:00:00:00:00:07"))
    }
  }

  private static let nexthops = [
    "ip nexthop add id 7 via 192.168.1.1 dev br1", "ip route add 10.98.0.0/16 nhid 7",
    "ip route add 10.97.0.0/16 nhid 7 src 192.168.1.9",
  ]

  /// Without carrier the kernel lists routes with the flag `linkdown`, which it refuses in a request, and
  /// it takes no nexthop object.
  @Test(arguments: [(peer: "up", routes: nexthops), (peer: "down", routes: [])])
  func `a link's addresses and routes are restored unchanged`(peer: String, routes: [String]) throws
  {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      for line in [
        "ip link add br1 type bridge", "ip link set br1 addrgenmode none",
        "ip link set br1 up",
        "ip link add p1 up type veth peer name p2", "ip link set p2 \(peer)",
        "ip link set p1 master br1",
        "ip link add other up type veth peer name end", "ip link set end up",
        "ip address add 192.0.2.1/24 dev other",
        "ip address add 192.168.1.2/24 metric 50 valid_lft 3600 preferred_lft 1800 dev br1",
        "ip address add 192.168.1.9/24 label br1:one dev br1",
        "ip address add fd00::1/64 nodad dev br1", "ip route add default via 192.168.1.1",
        "ip route add 10.99.0.0/16 via 192.168.1.1 metric 7 src 192.168.1.9",
        "ip route add 10.96.0.0/16 via 192.0.2.9 src 192.168.1.9",
        "ip -6 route add fd02::/64 dev other metric 9 src fd00::1",
        "ip -6 route add fd03::/64 src fd00::1 nexthop via fe80::8 dev other nexthop via fe80::9 dev other",
        "ip route add fd01::/64 via fd00::2",
      ] + routes { try Program.must(line) }
      let state = {
        try [
          "ip -o -4 address show br1", "ip -o -6 address show br1", "ip route show",
          "ip -6 route show",
        ].flatMap { try Program.must($0).split(separator: " ") }
          // Seconds pass.
          .map { $0.contains("sec") ? "for some time" : $0 }
      }
      #expect(try Program.must("ip route show").contains("linkdown") == (peer == "down"))
      let before = try state()
      let index = try #require(try socket.link(named: try Self.name("br1"))?.index)
      let addressing = try socket.addressing(ofLinkAt: index)
      for line in [
        "ip address delete 192.168.1.2/24 dev br1", "ip address flush dev br1 scope global",
        "ip -6 route delete fd01::/64",
      ] { _ = try Program.run(line.split(separator: " ").map(String.init)) }
      #expect(try state() != before)

      try socket.giveBack(addressing)

      #expect(try state() == before)
    }
  }

  @Test func `a veth is a port of its bridge and knows its peer`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let bridge = try Self.name("br1")
      let mac = try #require(MACAddress("02:00:00:00:00:02"))
      let peerMAC = try #require(MACAddress("02:00:00:00:00:03"))
      try Self.perform(.createBridge(BridgeCreation(name: bridge, mac: mac)), socket)

      let hostMAC = try #require(MACAddress("fe:00:00:00:00:04"))
      let pair = VethCreation(
        name: try Self.name("host"),
        mac: hostMAC,
        bridge: bridge,
        peer: try Self.name("net1"),
        peerMAC: peerMAC,
        peerNamespace: .host,
        mtu: 1400
      )
      try Self.perform(.createVeth(pair), socket)

      let host = try #require(try socket.link(named: pair.name))
      let peer = try #require(try socket.link(named: pair.peer))
      #expect(host.master == (try socket.link(named: bridge)?.index))
      #expect(host.port == BridgePort(isHairpin: false, isIsolated: false))
      #expect(host.isLockable == (try Program.must("ip -d link show host")).contains(" locked "))
      #expect(!peer.isLockable)
      #expect(host.peer == peer.index)
      #expect(peer.peer == host.index)
      #expect(host.mac == hostMAC)
      #expect(peer.mac == peerMAC)
      #expect([host.mtu, peer.mtu] == [1400, 1400])
    }
  }

  @Test func `one message changes a port's flags, alias, address generation and state`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let setUp = try Program.run(
        "sh",
        "-c",
        "ip link add br1 type bridge && ip link add host type veth peer net1"
          + " && ip link set host master br1"
      )
      #expect(setUp.status == 0)
      let name = try Self.name("host")
      let change = LinkChange(
        isUp: true,
        alias: "words of an owner",
        addressGeneration: AddressGeneration.none,
        port: BridgePort(isHairpin: true, isIsolated: true)
      )

      try Self.perform(.changeLink(name, change), socket)

      let link = try #require(try socket.link(named: name))
      #expect(link.isUp)
      #expect(link.alias == "words of an owner")
      #expect(link.addressGeneration == AddressGeneration.none)
      #expect(link.port == BridgePort(isHairpin: true, isIsolated: true))
      let shown = try Program.run("ip", "-d", "link", "show", "host")
      #expect(shown.output.contains("hairpin on"))
      #expect(shown.output.contains("isolated on"))
    }
  }

  /// What the kernel has not (IPv4's own limits, before 6.3) is not read either.
  @Test(arguments: [
    LinkSetting.Kind.segmentationSize, .segmentationSizeIPv4, .segmentCount, .receiveSize,
    .receiveSizeIPv4, .queueLength, .group,
  ])
  func `a setting is read back and changes no other`(kind: LinkSetting.Kind) throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let name = try Self.name("lo")
      let before = try #require(try socket.link(named: name)).settings
      guard before.contains(where: { $0.kind == kind }) else { return }
      let wanted = LinkSetting(kind, [0xA0, 0x0F, 0, 0])

      try Self.perform(.changeLink(name, LinkChange(setting: wanted)), socket)

      let others: [LinkSetting.Kind: LinkSetting.Kind] = [
        .segmentationSize: .segmentationSizeIPv4, .receiveSize: .receiveSizeIPv4,
      ]
      let expected = before.map {
        $0.kind == kind || $0.kind == others[kind] ? LinkSetting($0.kind, wanted.bytes) : $0
      }
      #expect(try socket.link(named: name)?.settings == expected)
    }
  }

  @Test func `addresses and routes are read back as they were added`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let name = try Self.name("net1")
      #expect(try Program.run("ip", "link", "add", "net1", "type", "veth").status == 0)
      let prefix = try #require(IPPrefix("10.1.2.3/24"))
      let destination = try #require(IPPrefix("10.7.0.0/16"))
      let gateway = try #require(IPAddress("10.1.2.1"))

      try Self.perform(.addAddress(name, prefix), socket)
      try Self.perform(.changeLink(name, LinkChange(isUp: true)), socket)
      let route = Route(destination: destination, gateway: gateway, mtu: 1300)
      try Self.perform(.addRoute(route, through: name), socket)

      let index = try #require(try socket.link(named: name)?.index)
      let added = InstalledRoute(
        destination: destination,
        hops: [.init(interface: index, gateway: gateway)],
        mtu: 1300
      )
      #expect(try socket.addresses(ofLinkAt: index).map(\.prefix).contains(prefix))
      #expect(try socket.routes(.v4).contains(added))
    }
  }

  @Test func `an uncontested address is usable at once`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let name = try Self.name("net1")
      #expect(try Program.run("ip", "link", "add", "net1", "up", "type", "veth").status == 0)
      let own = try #require(IPPrefix("fd00::1/64"))
      let contested = try #require(IPPrefix("fd00::2/64"))

      try Self.perform(.addUncontestedAddress(name, own), socket)
      try Self.perform(.addAddress(name, contested), socket)

      let index = try #require(try socket.link(named: name)?.index)
      let addresses = try socket.addresses(ofLinkAt: index)
      #expect(addresses.first { $0.prefix == own }?.isTentative == false)
      #expect(addresses.first { $0.prefix == contested }?.isTentative == true)
    }
  }

  @Test func `two next hops to one destination are both kept`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let name = try Self.name("net1")
      #expect(try Program.run("ip", "link", "add", "net1", "type", "veth").status == 0)
      try Self.perform(.addUncontestedAddress(name, try #require(IPPrefix("fd00::9/64"))), socket)
      try Self.perform(.changeLink(name, LinkChange(isUp: true)), socket)
      let gateways = try ["fd00::1", "fd00::2"].map { try #require(IPAddress($0)) }

      for gateway in gateways {
        let route = Route(destination: .any(.v6), gateway: gateway)
        try Self.perform(.addRoute(route, through: name), socket)
      }

      let found = try socket.routes(.v6).filter { $0.destination == .any(.v6) && !$0.isDeadEnd }
      #expect(Set(found.flatMap(\.hops).map(\.gateway)) == Set(gateways))
    }
  }

  @Test func `an existing link is not taken over`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let mac = try #require(MACAddress("02:00:00:00:00:02"))
      let bridge = BridgeCreation(name: try Self.name("br1"), mac: mac)
      try Self.perform(.createBridge(bridge), socket)

      let error = #expect(throws: KernelError.self) {
        try Self.perform(.createBridge(bridge), socket)
      }

      #expect(error?.reason.hasPrefix("File exists") == true)
    }
  }

  @Test(arguments: ["10.0.0.1/0", "fd00::1/0", "::/0"])
  func `an address of prefix length 0 is left to the kernel to validate`(text: String) throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let name = try Self.name("lo")
      let prefix = try #require(IPPrefix(text))

      // It takes the first two and says EADDRNOTAVAIL to the last, as with iproute2.
      let outcome = Result { try Self.perform(.addAddress(name, prefix), socket) }

      let addresses = try socket.addresses(ofLinkAt: 1).map(\.prefix)
      #expect(addresses.contains(prefix) == (text != "::/0"))
      #expect(((try? outcome.get()) != nil) == (text != "::/0"))
    }
  }

  @Test func `a route whose numbers do not fit is an error of the operation`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let route = Route(destination: try #require(IPPrefix("10.5.0.0/16")), scope: 300)
      let loopback = try Self.name("lo")

      let error = #expect(throws: KernelError.self) {
        try Self.perform(.addRoute(route, through: loopback), socket)
      }

      #expect(
        error?.description == "cannot add route to 10.5.0.0/16 through interface 'lo': "
          + "Numerical result out of range"
      )
    }
  }

  @Test func `an error has the kernel's number and text`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let mac = try #require(MACAddress("01:00:00:00:00:02"))
      let creation = BridgeCreation(name: try Self.name("br1"), mac: mac)

      let error = #expect(throws: KernelError.self) {
        try Self.perform(.createBridge(creation), socket)
      }

      // EADDRNOTAVAIL
      #expect(error?.errno == 99)
      #expect(error?.operation == "create")
      #expect(error?.object == "bridge 'br1'")
    }
  }

  @Test func `the kernel's explanation is part of an error`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let name = try Self.name("net1")
      #expect(try Program.run("ip", "link", "add", "net1", "type", "veth").status == 0)

      let error = #expect(throws: KernelError.self) {
        try Self.perform(.changeLink(name, LinkChange(mtu: 10)), socket)
      }

      #expect(error?.kernelText == "mtu less than device minimum")
      #expect(
        error?.description
          == "cannot set MTU 10 on interface 'net1': Invalid argument (mtu less than device minimum)"
      )
    }
  }

  @Test func `a wait ends with the expected change`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let name = try Self.name("lo")
      let events = try RouteEvents(.links)
      try Self.perform(.changeLink(name, LinkChange(isUp: true)), socket)

      let isUp = try events.wait(milliseconds: 2000) { () throws(KernelError) in
        try socket.link(named: name)?.isUp ?? false
      }
      let isGone = try events.wait(milliseconds: 20) { () throws(KernelError) in
        try socket.link(named: name) == nil
      }

      #expect(isUp)
      #expect(!isGone)
    }
  }
}
