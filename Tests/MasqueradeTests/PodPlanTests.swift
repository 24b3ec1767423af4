// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import masquerade

struct PodPlanTests {
  @Test func `a dual-stack pod gets rules, bridge, settings and tap in this order`() throws {
    let configuration = try configuration(#""owner":107,"group":107"#)
    let steps = try PodPlan.steps(configuration, .pod, label: "masquerade n c i")
    let bridge = name("k6t-eth0")
    let tap = name("tap0")

    let ruleset = Ruleset(
      configuration,
      podAddresses: PodObservation.pod.podAddresses,
      label: "masquerade n c i",
      note: "before: accept_ra=1 ip_forward=0 forwarding=0 send_redirects=1"
    )
    let sysctl = { (key: String, value: String, former: String?) in
      Step(
        .container,
        .setSysctl(key: key, value: value, ifPresent: former == nil),
        undo: former.map { .setSysctl(key: key, value: $0, ifPresent: true) }
      )
    }
    #expect(
      steps == [
        Step(
          .container,
          .changeRuleset(ruleset.transaction),
          undo: .changeRuleset([.deleteTable(ruleset.table.id)])
        ),
        Step(
          .container,
          .createBridge(
            BridgeCreation(
              name: bridge,
              mac: configuration.bridgeMAC,
              mtu: 1450,
              snoopsMulticast: false
            )
          ),
          undo: .deleteLink(bridge)
        ),
        Step(
          .container,
          .changeLink(
            bridge,
            LinkChange(alias: "masquerade n c i", addressGeneration: AddressGeneration.none)
          )
        ),
        sysctl("net/ipv4/conf/k6t-eth0/send_redirects", "0", nil),
        sysctl("net/ipv4/conf/k6t-eth0/route_localnet", "1", nil),
        sysctl("net/ipv6/conf/k6t-eth0/accept_ra", "0", nil),
        sysctl("net/ipv6/conf/k6t-eth0/disable_ipv6", "0", nil),
        sysctl("net/ipv6/conf/eth0/accept_ra", "2", "1"),
        sysctl("net/ipv4/ip_forward", "1", "0"),
        sysctl("net/ipv6/conf/all/forwarding", "1", "0"),
        sysctl("net/ipv4/conf/all/send_redirects", "0", "1"),
        Step(
          .container,
          .createTap(TapCreation(name: tap, owner: 107, group: 107)),
          undo: .deleteLink(tap)
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
              mtu: 1450,
              alias: "masquerade n c i",
              addressGeneration: AddressGeneration.none,
              bridge: bridge
            )
          )
        ),
        Step(.container, .changeLink(tap, LinkChange(isUp: true))),
      ]
    )
  }

  @Test func `a pod with one family leaves the other's settings alone`() throws {
    let steps = try PodPlan.steps(configuration(), .pod(.v4), label: "l")

    let settings = steps.compactMap { step -> String? in
      if case .setSysctl(let key, _, _) = step.operation { key } else { nil }
    }
    #expect(!settings.contains("net/ipv6/conf/all/forwarding"))
    #expect(!settings.contains("net/ipv6/conf/eth0/accept_ra"))
  }

  private func conflict(_ keys: String = "", _ pod: PodObservation) throws -> PodConflict? {
    let configuration = try configuration(keys)
    do throws(PodConflict) {
      _ = try PodPlan.steps(configuration, pod, label: "l")
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

  @Test func `a network that the pod's route leads to is refused`() throws {
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

  @Test func `small packets are refused with IPv6 only`() throws {
    #expect(try conflict(#""mtu":1200"#, .pod) == .mtuTooSmall(1200))
    #expect(try conflict(#""mtu":1200"#, .pod(.v4)) == nil)
  }

  @Test func `what is there already is refused`() throws {
    var pod = PodObservation.pod
    pod.hasTable = true

    #expect(try conflict("", pod) == .tableTaken("masquerade_eth0"))
  }

  @Test func `the note of former settings is read back`() {
    let settings = PodSettings(.pod, uplink: name("eth0"))

    let read = PodSettings(note: settings.note, uplink: name("eth0"))

    #expect(read.former.map(\.value) == ["1", "0", "0", "1"])
    #expect(
      read.restoration.first?.operation
        == .setSysctl(key: "net/ipv4/conf/all/send_redirects", value: "1", ifPresent: true)
    )
  }

  @Test func `a note that somebody wrote restores nothing strange`() {
    let settings = PodSettings(
      note: "before: ip_forward=x other=1 forwarding=",
      uplink: name("eth0")
    )

    #expect(settings.restoration == [])
  }
}
