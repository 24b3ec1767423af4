// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import CNI
@testable import sriov

@Suite struct ConfigurationTests {
  private static func configuration(_ members: String) throws -> SRIOVConfiguration {
    let text = #"{"cniVersion":"1.0.0","name":"net","type":"sriov",\#(members)}"#
    let document = Array(text.utf8)
    return try SRIOVConfiguration(
      NetworkConfiguration(NetworkConfiguration.parse(document), document: document)
    )
  }

  private static func message(_ members: String) -> String? {
    do {
      _ = try configuration(members)
      return nil
    } catch let error as CNIError {
      return error.message
    } catch {
      return "\(error)"
    }
  }

  /// Keys of containernetworking/plugins 1.9.1, Multus 4.2, ovs-cni, whereabouts and the SR-IOV
  /// operator, and of network attachment definitions.
  @Test(arguments: [
    "resourceName", "deviceInfo", "CNIDeviceInfoFile", "master", "mode", "linkInContainer",
    "masqAll",
    "backend", "conditionsV4", "snat", "markMasqBit", "ingressRate", "egressBurst", "sysctl",
    "promisc",
    "allmulti", "txQLen", "vrfname", "table", "hostDevice", "ifName", "delegates", "kubeconfig",
    "logToStderr", "confDir", "binDir", "clusterNetwork", "disableCheck", "disableGC", "plugins",
    "description", "labels", "annotations", "subnet", "gateway", "rangeStart", "range", "exclude",
    "datastore", "interface", "device", "trunk", "ofport_request", "interface_type", "socket_file",
    "failOverMac", "links", "miimon", "hairpin", "isolation", "cni.dev/valid-attachments",
    "cni.dev/attachments", "uplinkInterface", "portMappings", "bandwidth", "aliases",
    "infinibandGUID",
    "bridge", "macspoofchk", "vlanTrunk", "isGateway", "mtu", "rdma", "promiscMode",
  ])
  func `a key of another plugin is not a misspelling`(key: String) throws {
    let object = ConfigurationObject([key: .integer(1)])

    try object.judgeSpelling(of: SRIOVConfiguration.keys)
  }

  @Test(arguments: ["max-tx-rates", "spoofcheck", "spoof_chk", "linkStates", "vlan_qos_", "trusts"])
  func `a misspelling is rejected`(key: String) {
    let object = ConfigurationObject([key: .integer(1)])

    #expect(throws: CNIError.self) { try object.judgeSpelling(of: SRIOVConfiguration.keys) }
  }

  @Test func `the operator's rendered configuration is read`() throws {
    let found = try Self.configuration(
      #""vlan":0,"vlanQoS":0,"ipam":{},"deviceID":"0000:01:10.0","pciBusID":"0000:01:10.0""#
    )

    #expect(
      found
        == SRIOVConfiguration(
          device: try Sample.address(),
          settings: VFChange(vlan: VFVLAN.none)
        )
    )
  }

  @Test func `every field is read`() throws {
    let found = try Self.configuration(
      #""vlan":100,"vlanQoS":3,"vlanProto":"802.1AD","mac":"02:00:00:00:00:01","spoofchk":"off","#
        + #""trust":"on","link_state":"enable","max_tx_rate":10,"pf":["pf0","0000:02:00.0"],"#
        + #""driver":"vfio-pci","ipam":{"type":"static"},"logLevel":"debug","logFile":"/var/log/a/x""#
    )

    #expect(
      found
        == SRIOVConfiguration(
          physicalFunctions: ["pf0", "0000:02:00.0"],
          driver: .userspace,
          settings: VFChange(
            vlan: VFVLAN(VLANID(100), priority: 3, tagProtocol: .dot1AD),
            rate: VFRate(maximumMegabitsPerSecond: 10),
            checksSpoofing: false,
            isTrusted: true,
            linkState: .enable
          ),
          mac: try Sample.mac("02:00:00:00:00:01"),
          hasIPAM: true
        )
    )
  }

  @Test(arguments: [
    (#""vlan":4095"#, #"invalid "vlan" 4095 (must be an integer between 0 and 4094)"#),
    (#""vlan":"5""#, #"invalid "vlan" "5" (must be an integer between 0 and 4094)"#),
    (#""vlan":5,"vlanQoS":8"#, #"invalid "vlanQoS" 8 (must be an integer between 0 and 7)"#),
    (#""vlanQoS":0"#, #"invalid "vlanQoS" 0 (must not be set without "vlan")"#),
    (#""vlan":0,"vlanQoS":1"#, #"invalid "vlanQoS" 1 (must be 0 where "vlan" is 0)"#),
    (#""spoofchk":"yes""#, #"invalid "spoofchk" "yes" (must be "on" or "off")"#),
    (
      #""mac":"01:00:5e:00:00:01""#,
      #"invalid "mac" "01:00:5e:00:00:01" (must be a unicast MAC address such as 02:00:00:00:00:01)"#
    ),
    (
      #""min_tx_rate":5,"max_tx_rate":2"#,
      #"invalid "min_tx_rate" 5 (must not be greater than max_tx_rate 2)"#
    ),
    (
      #""logFile":"/etc/profile.d/x.sh""#,
      #"invalid "logFile" "/etc/profile.d/x.sh" (must be the path of a file below /var/log)"#
    ),
    (
      #""vlan":0,"vlanProto":"802.1ad""#,
      #"invalid "vlanProto" "802.1ad" (must not be 802.1ad where "vlan" is 0)"#
    ),
    (
      #""deviceID":"../../etc""#,
      #"invalid "deviceID" "../../etc" (must be the PCI address of a VF such as 0000:3b:02.1)"#
    ),
  ])
  func `an invalid value is named with the allowed range`(given: (String, String)) {
    #expect(Self.message(given.0) == given.1)
  }

  @Test func `empty strings count as absent`() throws {
    let found = try Self.configuration(
      #""deviceID":"","vlanProto":"","spoofchk":"","trust":"","link_state":"","mac":"","pf":"""#
    )

    #expect(found == SRIOVConfiguration())
  }
}
