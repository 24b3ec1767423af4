// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CNI
@testable import cnv_bridge

@Suite struct KeysTests {
  /// Keys of containernetworking/plugins 1.9.1, Multus 4.2, ovs-cni, whereabouts and sriov-cni, and of
  /// network attachment definitions.
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
    "spoofchk", "trust", "link_state", "max_tx_rate", "vlanQoS", "deviceID", "pciBusID",
  ])
  func `a key of another plugin is not a misspelling`(key: String) throws {
    let object = ConfigurationObject([key: .integer(1)])

    try object.judgeSpelling(of: BridgeConfiguration.keys)
  }

  @Test(arguments: [
    "macspoofcheck", "macspoof_chk", "vlans", "vlantrunks", "preserveDefaultVlans", "isGatway",
  ])
  func `a misspelling is rejected`(key: String) {
    let object = ConfigurationObject([key: .integer(1)])

    #expect(throws: CNIError.self) { try object.judgeSpelling(of: BridgeConfiguration.keys) }
  }
}
