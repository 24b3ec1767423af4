// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import masquerade

struct PodPlanTests {
  private let attachment = NetworkModel.Attachment(
    network: "n",
    containerID: "c",
    containerInterface: name("i")
  )

  @Test func `a dual-stack pod gets rules, bridge, settings and tap in this order`() throws {
    let configuration = try configuration(#""owner":107,"group":107"#)
    let steps = try PodPlan.steps(configuration, .pod, attachment)
    let bridge = name("k6t-eth0")
    let tap = name("tap0")

    let setting = { (key: PodSettings.Key, interface: String, value: String) in
      PodSettings.Setting(key: key, interface: name(interface), value: value)
    }
    let note = PodNote(
      [.v4, .v6],
      [
        setting(.forwardingV6, "all", "0"), setting(.redirects, "all", "1"),
        setting(.forwardingV4, "eth0", "0"), setting(.acceptRouterAdvertisements, "eth0", "1"),
      ]
    )
    let ruleset = Ruleset(configuration, note, label: "masquerade n c i")
    let sysctl = { (key: String, value: String) in
      Step(.container, .setSysctl(key: key, value: value, ifPresent: true))
    }
    #expect(
      steps == [
        Step(.container, .changeRuleset(ruleset.transaction)),
        Step(
          .container,
          .createBridge(
            BridgeCreation(
              name: bridge,
              index: 0x4106_5782,
              mac: configuration.bridgeMAC,
              mtu: 1450,
              snoopsMulticast: false
            )
          )
        ),
        Step(
          .container,
          .changeLink(
            bridge,
            LinkChange(alias: "masquerade n c i", addressGeneration: AddressGeneration.none)
          )
        ),
        sysctl("net/ipv6/conf/eth0/accept_ra", "2"),
        sysctl("net/ipv4/conf/eth0/forwarding", "1"),
        sysctl("net/ipv4/conf/all/send_redirects", "0"),
        sysctl("net/ipv6/conf/all/forwarding", "1"),
        sysctl("net/ipv4/conf/k6t-eth0/forwarding", "1"),
        sysctl("net/ipv4/conf/k6t-eth0/send_redirects", "0"),
        sysctl("net/ipv4/conf/k6t-eth0/rp_filter", "2"),
        sysctl("net/ipv4/conf/k6t-eth0/route_localnet", "1"),
        sysctl("net/ipv6/conf/k6t-eth0/accept_ra", "0"),
        sysctl("net/ipv6/conf/k6t-eth0/forwarding", "1"),
        sysctl("net/ipv6/conf/k6t-eth0/disable_ipv6", "0"),
        sysctl("net/ipv6/conf/eth0/forwarding", "0"),
        sysctl("net/ipv6/conf/net1/forwarding", "0"),
        sysctl("net/ipv6/conf/default/forwarding", "0"),
        sysctl("net/ipv6/conf/eth0/accept_ra", "1"),
        Step(
          .container,
          .createTap(TapCreation(name: tap, index: 0x4106_5783, owner: 107, group: 107))
        ),
        Step(.container, .addUncontestedAddress(bridge, prefix("10.0.2.1/24"))),
        Step(.container, .addUncontestedAddress(bridge, prefix("fd10:0:2::1/120"))),
        Step(.container, .addUncontestedAddress(bridge, prefix("fe80::ff:fe00:0/64"))),
        Step(.container, .changeLink(bridge, LinkChange(isUp: true))),
        Step(
          .container,
          .changeLink(
            tap,
            LinkChange(
              isUp: true,
              mtu: 1450,
              alias: "masquerade n c i",
              addressGeneration: AddressGeneration.none,
              bridge: bridge
            )
          )
        ),
      ]
    )
  }

  @Test func `a pod with one family leaves the other's settings alone`() throws {
    let steps = try PodPlan.steps(configuration(), .pod(.v4), attachment)

    let settings = steps.compactMap { step -> String? in
      if case .setSysctl(let key, _, _) = step.operation { key } else { nil }
    }
    #expect(!settings.contains("net/ipv6/conf/all/forwarding"))
    #expect(!settings.contains("net/ipv6/conf/eth0/accept_ra"))
    #expect(!settings.contains("net/ipv6/conf/k6t-eth0/forwarding"))
  }

  private func conflict(_ keys: String = "", _ pod: PodObservation) throws -> PodConflict? {
    let configuration = try configuration(keys)
    do throws(PodConflict) {
      _ = try PodPlan.steps(configuration, pod, attachment)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a pod without its interface, or without an address, is refused`() throws {
    var pod = PodObservation.pod
    pod.addresses = [InterfaceAddress(prefix("fe80::1/64"), isGlobal: false)]

    #expect(try conflict("", PodObservation()) == .noUplink(name("eth0")))
    #expect(try conflict("", pod) == .noAddress(name("eth0")))
  }

  @Test func `a network that overlaps a route of the pod is refused`() throws {
    var pod = PodObservation.pod
    pod.routes = [
      .init(destination: prefix("0.0.0.0/0"), interface: "eth0"),
      .init(destination: prefix("10.0.0.0/16"), interface: "net1"),
    ]

    let conflict = try conflict("", pod)

    #expect(conflict?.message == "vmNetworkCIDR: 10.0.2.0/24 overlaps 10.0.0.0/16 of net1")
  }

  @Test func `a family that the pod lacks cannot overlap`() throws {
    #expect(try conflict(#""vmIPv6NetworkCIDR":"fd00:244::/120""#, .pod(.v4)) == nil)
  }

  @Test func `a small MTU is refused only with IPv6`() throws {
    #expect(try conflict(#""mtu":1200"#, .pod) == .mtuTooSmall(1200))
    #expect(try conflict(#""mtu":1200"#, .pod(.v4)) == nil)
  }

  @Test func `a jumbo interface gets the maximum MTU of a tap`() throws {
    var pod = PodObservation.pod
    pod.uplink?.mtu = 65535

    let steps = try PodPlan.steps(configuration(), pod, attachment)

    #expect(
      steps.contains {
        if case .link(.changeLink(_, let c)) = $0.operation { c.mtu == 65521 } else { false }
      }
    )
    #expect(try conflict(#""mtu":65521"#, pod) == nil)
  }

  @Test func `existing objects are refused`() throws {
    var pod = PodObservation.pod
    pod.hasTable = true

    #expect(try conflict("", pod) == .tableTaken("masquerade_eth0"))
  }

  @Test func `halves of a default route and a wider blackhole route do not overlap`() throws {
    var pod = PodObservation.pod
    pod.routes = [
      .init(destination: prefix("0.0.0.0/1"), interface: "tun0"),
      .init(destination: prefix("128.0.0.0/1"), interface: "tun0"),
      .init(destination: prefix("10.0.0.0/8"), interface: "none", isDeadEnd: true),
    ]

    #expect(try conflict("", pod) == nil)
  }

  @Test(
    arguments: [
      PodObservation.ObservedRoute(destination: prefix("0.0.0.0/1"), interface: "tun0"),
      .init(destination: prefix("10.0.2.0/25"), interface: "none", isDeadEnd: true),
    ]
  )
  func `one half alone is a conflict, and so is a narrower blackhole route`(
    route: PodObservation.ObservedRoute
  ) throws {
    var pod = PodObservation.pod
    pod.routes = [route]

    #expect(
      try conflict("", pod)
        == .overlap(prefix("10.0.2.0/24"), route.destination, interface: route.interface)
    )
  }

  @Test(arguments: [(#""localhost":false"#, false), ("", true)])
  func `the loopback is routed for localhost only`(keys: String, isRouted: Bool) throws {
    let settings = PodPlan.bridgeSettings(try configuration(keys), [.v4])

    #expect(
      settings.contains { $0.key == "net/ipv4/conf/k6t-eth0/route_localnet" } == isRouted
    )
  }

  @Test func `no IPv6 settings are requested from a kernel without IPv6`() throws {
    var pod = PodObservation.pod(.v4)
    pod.settings = ["net/ipv4/conf/eth0/forwarding": "1"]

    let steps = try PodPlan.steps(configuration(), pod, attachment)

    let change = LinkChange(alias: "masquerade n c i")
    #expect(steps.contains { $0.operation == .link(.changeLink(name("k6t-eth0"), change)) })
  }
}
