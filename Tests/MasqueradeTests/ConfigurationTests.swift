// SPDX-License-Identifier: Apache-2.0

import CNI
import GuestAddressing
import NetworkModel
import Testing

@testable import masquerade

struct ConfigurationTests {
  @Test func `an empty configuration has KubeVirt's defaults`() throws {
    let configuration = try configuration()

    #expect(configuration.podInterface == name("eth0"))
    #expect(configuration.bridge == name("k6t-eth0"))
    #expect(configuration.tap == name("tap0"))
    #expect(configuration.bridgeMAC.description == "02:00:00:00:00:00")
    #expect(configuration.gateway(.v4) == prefix("10.0.2.1/24"))
    #expect(configuration.guest(.v6).description == "fd10:0:2::2")
    #expect(configuration.forwarded == nil)
    #expect(configuration.reserved == [PortRange(.tcp, 49152, 49153)])
    #expect(configuration.forwardsLocalhost && configuration.allowsHairpin)
    #expect(configuration.addressService == nil)
  }

  @Test func `after another plugin the pod's interface is that plugin's`() throws {
    let configuration = try configuration(chainedTo: "net2")

    #expect(configuration.podInterface == name("net2"))
    #expect(configuration.bridge == name("k6t-net2"))
  }

  @Test func `ports and ranges are listed together`() throws {
    let configuration = try configuration(
      #""ports":[{"name":"http","port":80},{"protocol":"SCTP","port":3868}],"#
        + #""portRanges":[{"protocol":"TCP","start":81,"end":90}]"#
    )

    #expect(configuration.forwarded?.map(\.description) == ["TCP 80-90", "SCTP 3868"])
  }

  @Test func `the network may be written as the VM's address`() throws {
    let configuration = try configuration(#""vmIPv6NetworkCIDR":"fd10:0:2::2/120""#)

    #expect(configuration.networkV6 == prefix("fd10:0:2::/120"))
  }

  @Test func `a pod's arguments override the network's keys`() throws {
    let configuration = try configuration(
      #""mtu":1400,"istio":true,"args":{"cni":{"mtu":1300,"istio":false,"ports":[{"port":81}]}}"#
    )

    #expect(configuration.mtu == 1300)
    #expect(configuration.mesh == .none)
    #expect(configuration.forwarded == [PortRange(.tcp, 81)])
  }

  @Test(
    arguments: [
      (#""istio":true"#, MasqueradeConfiguration.Mesh.sidecar),
      (#""istio":"ambient""#, .ambient),
      (
        #""runtimeConfig":{"io.kubernetes.cri.pod-annotations":"#
          + #"{"sidecar.istio.io/inject":"true"}}"#, .sidecar
      ),
      (
        #""istio":false,"runtimeConfig":{"io.kubernetes.cri.pod-annotations":"#
          + #"{"sidecar.istio.io/inject":"true"}}"#, .none
      ),
    ]
  )
  func `the mesh is configured or read from the pod's annotations`(
    keys: String,
    mesh: MasqueradeConfiguration.Mesh
  ) throws {
    #expect(try configuration(keys).mesh == mesh)
  }

  @Test func `all errors are reported together`() {
    #expect(
      refusal(#""tap":"","mtu":10,"ports":[{"port":0},{"protocol":"TCPS"}],"hairpin":1"#)
        == "invalid \"ports[0].port\" 0 (must be an integer between 1 and 65535); invalid "
        + "\"ports[1].protocol\" \"TCPS\" (must be \"TCP\", \"UDP\" or \"SCTP\"); missing "
        + "\"ports[1].port\" (must be an integer between 1 and 65535); invalid \"tap\" \"\" (must be "
        + "an interface name: 1 to 15 bytes without / : % or blanks, not . .. all or default); "
        + "invalid \"mtu\" 10 (must be 68 or more); invalid \"hairpin\" 1 (must be true or false "
        + "without quotes)"
    )
  }

  @Test(
    arguments: [
      (
        #""reservedPorts":[0]"#,
        #"invalid "reservedPorts[0]" 0 (must be an integer between 1 and 65535)"#
      ),
      (#""ports":{}"#, #"invalid "ports" {} (must be an array)"#),
      (#""ports":[null]"#, #"invalid "ports[0]" null (must be an object)"#),
      (
        #""vmNetworkCIDR":"fd00::/64""#,
        #"invalid "vmNetworkCIDR" "fd00::/64" (must be a network such as 10.0.2.0/24)"#
      ),
      (
        #""vmNetworkCIDR":"240.0.0.0/24","vmIPv6NetworkCIDR":"::ffff:a00:200/120""#,
        #"invalid "vmNetworkCIDR" "240.0.0.0/24" (must not contain addresses of 224.0.0.0/3); "#
          + #"invalid "vmIPv6NetworkCIDR" "::ffff:a00:200/120" (must not contain addresses of ::/8)"#
      ),
      (
        #""vmNetworkCIDR":"10.0.2.0/31""#,
        #"invalid "vmNetworkCIDR" "10.0.2.0/31" (must have room for gateway and VM)"#
      ),
      (
        #""ipam":{"type":"x"}"#,
        "ipam: masquerade has no ipam: chain it after the plugin that makes eth0"
      ),
      (#""owner":-1"#, #"invalid "owner" -1 (must be an integer between 0 and 4294967294)"#),
      (
        #""selinuxContext":"x""#,
        #"invalid "selinuxContext" "x" (must be absent: it is not supported)"#
      ),
      (
        #""podInterface":"averylongname12""#,
        #"missing "bridge" (must be set: "k6t-averylongname12" is longer than 15 bytes)"#
      ),
      (
        #""dhcp":{"mode":"spawn","leaseTime":1}"#,
        #"invalid "dhcp.leaseTime" 1 (must be an integer between 60 and 4294967295)"#
      ),
      (
        #""dhcp":{"privateOptions":[{"option":1,"value":"x"}]}"#,
        #"invalid "dhcp.privateOptions[0].option" 1 (must be an integer between 224 and 254); "#
          + #"invalid "dhcp.privateOptions[0]" {"option":1,"value":"x"} "#
          + #"(must have "option" and "value")"#
      ),
    ]
  )
  func `an error names the path, the value and the allowed range`(keys: String, message: String) {
    #expect(refusal(keys) == message)
  }

  @Test(
    arguments: [
      (#""port":[{"port":80}]"#, #"unknown key "port" (did you mean "ports"?)"#),
      (
        #""vmNetworkCidrs":"10.0.3.0/24""#,
        #"unknown key "vmNetworkCidrs" (did you mean "vmNetworkCIDR"?)"#
      ),
      (#""port_ranges":[]"#, #"unknown key "port_ranges" (did you mean "portRanges"?)"#),
      (#""resevredPorts":[]"#, #"unknown key "resevredPorts" (did you mean "reservedPorts"?)"#),
      (#""arg":{"cni":{}}"#, #"unknown key "arg" (did you mean "args"?)"#),
      (
        #""args":{"cni":{"prots":[{"port":80}]}}"#,
        #"unknown key "args.cni.prots" (did you mean "ports"?)"#
      ),
      (
        #""ports":[{"port":80,"proto":"UDP"}]"#,
        #"unknown key "ports[0].proto" (must be one of name, protocol, port)"#
      ),
      (
        #""dhcp":{"dnsServers":[]}"#,
        #"unknown key "dhcp.dnsServers" (must be one of mode, dns, search, domain, hostname, "#
          + "leaseTime, ntpServers, tftpServerName, bootFileName, privateOptions)"
      ),
    ]
  )
  func `a misspelt key is rejected`(keys: String, message: String) {
    #expect(refusal(keys) == message)
  }

  @Test(
    arguments: [
      #""cni.dev/x":1,"disableCheck":true,"mac":"x","vlan":1,"logLevel":"debug","deviceID":"x""#,
      #""PORTS":[{"Port":80}],"hairpinMode":true,"ipMasq":true,"capabilities":{"ips":true}"#,
      #""args":{"cni":{"ips":["10.0.0.1"],"logicNetworkName":"default","mac":"x","other":1}}"#,
    ]
  )
  func `other unknown keys are ignored`(keys: String) {
    #expect(refusal(keys) == nil)
  }

  @Test func `nothing reserved and a reserved port in a range are accepted`() throws {
    #expect(try configuration(#""reservedPorts":[],"ports":[{"port":49152}]"#).reserved == [])
    #expect(
      try configuration(
        #""portRanges":[{"protocol":"TCP","start":1,"end":65535}]"#
      ).forwarded?.count == 1
    )
  }

  @Test func `the address service takes KubeVirt's options`() throws {
    let service = try configuration(
      #""dhcp":{"mode":"spawn","dns":["10.96.0.10"],"search":["Svc.Example"],"domain":"a.example","#
        + #""ntpServers":["192.0.2.1"],"tftpServerName":"t","bootFileName":"b","#
        + #""privateOptions":[{"option":240,"value":"x"}],"leaseTime":600}"#
    ).addressService

    #expect(service?.nameServers?.map(\.description) == ["10.96.0.10"])
    #expect(service?.search?.map(\.text) == ["svc.example"])
    #expect(service?.domain?.text == "a.example")
    #expect(service?.extras.ntpServers.map(\.description) == ["192.0.2.1"])
    #expect(service?.extras.privateOptions == [240: "x"])
    #expect(service?.leaseSeconds == 600)
  }
}
