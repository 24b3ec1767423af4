// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel
import Testing

/// Shapes: containernetworking/cni pkg/types/{020,040,100} at 3f51e88 (v1.3.0+10), keys sorted.
@Suite struct AddResultTests {
  /// A result with everything that some version cannot express.
  private static func full() throws -> AddResult {
    var route = Route(
      destination: try #require(IPPrefix("0.0.0.0/0")),
      gateway: IPAddress("10.1.2.1")
    )
    route.mtu = 1400
    route.advertisedMSS = 1360
    route.priority = 10
    route.table = 0
    route.scope = 253
    return AddResult(
      interfaces: [
        .init(name: "br1", mac: MACAddress("02:00:00:00:00:01")),
        .init(
          name: "net1",
          mac: MACAddress("02:00:00:00:00:0A"),
          mtu: 1500,
          sandbox: "/run/netns/x",
          socketPath: "/run/vhost/s",
          pciID: "0000:01:00.2"
        ),
      ],
      addresses: [
        .init(
          prefix: try #require(IPPrefix("10.1.2.3/24")),
          gateway: IPAddress("10.1.2.1"),
          interface: 1
        ),
        .init(prefix: try #require(IPPrefix("10.1.9.9/24")), interface: 1),
        .init(prefix: try #require(IPPrefix("fd00::3/64")), interface: 1),
      ],
      routes: [route, .init(destination: try #require(IPPrefix("fd01::/64")))],
      dns: DNS(nameservers: ["10.1.2.1"], domain: "local", search: ["a", "b"], options: ["c"])
    )
  }

  @Test(arguments: [SpecVersion.v1_0_0, .v1_1_0])
  func `from 1.0.0 everything is written`(version: SpecVersion) throws {
    let text = JSONText(try Self.full().json(for: version), .indented).description

    #expect(
      text == """
        {
            "cniVersion": "\(version.rawValue)",
            "dns": {
                "domain": "local",
                "nameservers": [
                    "10.1.2.1"
                ],
                "options": [
                    "c"
                ],
                "search": [
                    "a",
                    "b"
                ]
            },
            "interfaces": [
                {
                    "mac": "02:00:00:00:00:01",
                    "name": "br1"
                },
                {
                    "mac": "02:00:00:00:00:0a",
                    "mtu": 1500,
                    "name": "net1",
                    "pciID": "0000:01:00.2",
                    "sandbox": "/run/netns/x",
                    "socketPath": "/run/vhost/s"
                }
            ],
            "ips": [
                {
                    "address": "10.1.2.3/24",
                    "gateway": "10.1.2.1",
                    "interface": 1
                },
                {
                    "address": "10.1.9.9/24",
                    "interface": 1
                },
                {
                    "address": "fd00::3/64",
                    "interface": 1
                }
            ],
            "routes": [
                {
                    "advmss": 1360,
                    "dst": "0.0.0.0/0",
                    "gw": "10.1.2.1",
                    "mtu": 1400,
                    "priority": 10,
                    "scope": 253,
                    "table": 0
                },
                {
                    "dst": "fd01::/64"
                }
            ]
        }
        """
    )
  }

  @Test(arguments: [SpecVersion.v0_3_0, .v0_3_1, .v0_4_0])
  func `from 0.3.0 to 0.4.0 addresses have a version and interfaces no MTU`(
    version: SpecVersion
  ) throws {
    let text = JSONText(try Self.full().json(for: version), .compact).description

    #expect(
      text == #"{"cniVersion":"\#(version.rawValue)","dns":{"domain":"local","#
        + #""nameservers":["10.1.2.1"],"options":["c"],"search":["a","b"]},"#
        + #""interfaces":[{"mac":"02:00:00:00:00:01","name":"br1"},"#
        + #"{"mac":"02:00:00:00:00:0a","name":"net1","sandbox":"/run/netns/x"}],"#
        + #""ips":[{"address":"10.1.2.3/24","gateway":"10.1.2.1","interface":1,"version":"4"},"#
        + #"{"address":"10.1.9.9/24","interface":1,"version":"4"},"#
        + #"{"address":"fd00::3/64","interface":1,"version":"6"}],"#
        + #""routes":[{"advmss":1360,"dst":"0.0.0.0/0","gw":"10.1.2.1","mtu":1400,"#
        + #""priority":10,"scope":253,"table":0},{"dst":"fd01::/64"}]}"#
    )
  }

  @Test(arguments: [SpecVersion.v0_1_0, .v0_2_0])
  func `before 0.3.0 each family has its first address`(version: SpecVersion) throws {
    let text = JSONText(try Self.full().json(for: version), .compact).description

    #expect(
      text == #"{"cniVersion":"\#(version.rawValue)","dns":{"domain":"local","#
        + #""nameservers":["10.1.2.1"],"options":["c"],"search":["a","b"]},"#
        + #""ip4":{"gateway":"10.1.2.1","ip":"10.1.2.3/24","#
        + #""routes":[{"dst":"0.0.0.0/0","gw":"10.1.2.1"}]},"#
        + #""ip6":{"ip":"fd00::3/64","routes":[{"dst":"fd01::/64"}]}}"#
    )
  }

  @Test(arguments: [
    (SpecVersion.v0_3_0, #"{"cniVersion":"0.3.0","dns":{},"interfaces":[{"name":"net1"}]}"#),
    (.v0_3_1, #"{"cniVersion":"0.3.1","dns":{},"interfaces":[{"name":"net1"}]}"#),
    (.v0_4_0, #"{"cniVersion":"0.4.0","dns":{},"interfaces":[{"name":"net1"}]}"#),
    (.v1_0_0, #"{"cniVersion":"1.0.0","interfaces":[{"name":"net1"}]}"#),
    (.v1_1_0, #"{"cniVersion":"1.1.0","interfaces":[{"name":"net1"}]}"#),
  ])
  func `without addresses, empty DNS settings stay before 1.0.0`(
    version: SpecVersion,
    text: String
  ) throws {
    let result = AddResult(interfaces: [.init(name: "net1")])

    #expect(JSONText(try result.json(for: version), .compact).description == text)
  }

  @Test(arguments: [SpecVersion.v0_1_0, .v0_2_0])
  func `before 0.3.0 a result without addresses is an error`(version: SpecVersion) {
    let error = CNIError(
      .incompatibleVersion,
      "cannot express a result without addresses in CNI \(version.rawValue)",
      details: #"set "cniVersion" to "0.3.0" or newer, or configure "ipam""#
    )

    #expect(throws: error) {
      try AddResult(interfaces: [.init(name: "net1")]).json(for: version)
    }
    #expect(throws: error) { try version.judge(hasAddresses: false) }
  }

  @Test(arguments: [SpecVersion.v1_0_0, .v1_1_0])
  func `a written result is read back`(version: SpecVersion) throws {
    let text = JSONText(try Self.full().json(for: version), .compact).description

    #expect(try AddResult(try configuration(text), assuming: .v0_1_0) == Self.full())
  }

  @Test(arguments: [#""cniVersion":"0.2.0","#, #""cniVersion":"","#, ""])
  func `a result with one address per family is read, even if its version is assumed`(
    version: String
  ) throws {
    let text =
      #"{\#(version)"ip4":{"ip":"10.1.2.3/24","gateway":"10.1.2.1","#
      + #""routes":[{"dst":"0.0.0.0/0"}]},"ip6":{"ip":"fd00::3/64"},"dns":{"domain":"d"}}"#

    let result = try AddResult(try configuration(text), assuming: .v0_2_0)

    #expect(
      result
        == AddResult(
          addresses: [
            .init(
              prefix: try #require(IPPrefix("10.1.2.3/24")),
              gateway: IPAddress("10.1.2.1")
            ),
            .init(prefix: try #require(IPPrefix("fd00::3/64"))),
          ],
          routes: [.init(destination: try #require(IPPrefix("0.0.0.0/0")))],
          dns: DNS(domain: "d")
        )
    )
  }

  @Test func `unknown keys and non-Ethernet hardware addresses are ignored`() throws {
    let text =
      #"{"cniVersion":"0.4.0","new":1,"interfaces":[{"name":"ib0","mac":"80:00:02","x":{}}],"#
      + #""ips":[{"version":"4","address":"10.1.2.3/24","gateway":"","interface":null}]}"#

    let result = try AddResult(try configuration(text), assuming: .v1_1_0)

    #expect(result.interfaces.first?.mac == "80:00:02")
    #expect(result.interfaces.first?.macAddress == nil)
    #expect(result.addresses.first?.gateway == nil)
  }

  @Test(arguments: [
    (
      #"{"ips":[{"address":"10.1.2.3"}]}"#,
      #"invalid "ips[0].address" "10.1.2.3" "#
        + "(must be an address with its prefix length such as 10.1.2.3/24 or fd00::1/64)"
    ),
    (
      #"{"routes":[{}]}"#,
      #"missing "routes[0].dst" "#
        + "(must be an address with its prefix length such as 10.1.2.3/24 or fd00::1/64)"
    ),
    (#"{"interfaces":[null]}"#, #"invalid "interfaces[0]" null (must be an object)"#),
    (
      #"{"cniVersion":"2.0.0"}"#,
      #"invalid "cniVersion" "2.0.0" "#
        + "(must be one of 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0)"
    ),
  ])
  func `an invalid result is reported with its path`(text: String, message: String) throws {
    let object = try configuration(text)

    #expect(throws: CNIError(.invalidConfiguration, message)) {
      try AddResult(object, assuming: .v1_1_0)
    }
  }
}
