// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import Testing

@testable import SRIOV

@Suite struct RecordTests {
  private static func record() throws -> AllocationRecord {
    AllocationRecord(
      address: try #require(PCIAddress("0000:01:10.0")),
      incarnation: 14726,
      boot: "e9fc57c3",
      attachment: .init(
        network: "net",
        containerID: "pod1",
        containerInterface: try #require(InterfaceName("net1"))
      ),
      namespace: .init(
        path: "/run/netns/a=b",
        identity: NetworkNamespace.Identity(device: 4, inode: 4_026_532_320),
        cookie: 4097
      ),
      original: VFOriginal(
        settings: VFSettings(
          index: try #require(VFIndex(3)),
          mac: MACAddress("6e:76:62:00:ec:b5"),
          vlan: VFVLAN(VLANID(100), priority: 3, tagProtocol: .dot1AD),
          rate: VFRate(minimumMegabitsPerSecond: 1, maximumMegabitsPerSecond: 100),
          checksSpoofing: true,
          isTrusted: nil,
          linkState: .enable
        ),
        interface: HostInterface(
          name: try #require(InterfaceName("eth0")),
          mac: MACAddress("6e:76:62:00:ec:b5"),
          mtu: 9000,
          isUp: true,
          alternativeNames: [
            "enp1s0f0v0", "a\nhost.name=x", #"back\x41slash"#,
            AlternativeName(bytes: [0xFF, 0xC3, 0x0A, 0x3D]),
          ],
          settings: [
            LinkSetting(.flags, [0, 0x10, 0, 0]), LinkSetting(.alias, Array("of\nthe host".utf8)),
            LinkSetting(.queueLength, [0xE8, 3, 0, 0]),
          ],
          programs: [.driver]
        ),
        setsMAC: true,
        isMACLocked: true
      ),
      remainder: "set trust off on VF 3 of 'pf0'"
    )
  }

  @Test func `a written record is read back unchanged`() throws {
    let record = try Self.record()

    #expect(AllocationRecord(text: record.text) == record)
  }

  @Test func `a record without a cookie is read back unchanged`() throws {
    var record = try Self.record()
    record.namespace.cookie = nil

    #expect(AllocationRecord(text: record.text) == record)
  }

  @Test func `a namespace that reuses another's inode is not that one`() throws {
    let recorded = try Self.record().namespace
    var later = recorded
    later.cookie = 4098

    #expect(!recorded.isSame(as: later))
  }

  @Test func `on a kernel without cookies the inode distinguishes namespaces`() throws {
    let recorded = try Self.record().namespace
    var same = recorded
    same.cookie = nil
    var other = same
    other.identity = NetworkNamespace.Identity(device: 4, inode: 4_026_532_321)

    #expect(recorded.isSame(as: same))
    #expect(!recorded.isSame(as: other))
  }

  @Test func `a record of a VF without PF and interface is read back unchanged`() throws {
    var record = try Self.record()
    record.original.settings = nil
    record.original.interface = nil

    #expect(AllocationRecord(text: record.text) == record)
  }

  /// What the versions wrote that knew neither settings of links nor escapes.
  @Test func `a record of an earlier version is read`() throws {
    let record = AllocationRecord(
      text: """
        sriov allocation 1
        address=0000:01:10.0
        incarnation=14726
        boot=e9fc57c3
        network=nét
        container=pod1
        interface=net1
        namespace=/run/netns/blue
        namespace.device=4
        namespace.inode=4026532320
        sets.mac=false
        mac.locked=false
        host.name=eth0
        host.mtu=1500
        host.up=false

        """
    )

    #expect(record?.attachment.network == "nét")
    #expect(record?.remainder == nil)
    #expect(
      record?.original.interface
        == HostInterface(name: try #require(InterfaceName("eth0")), mac: nil, mtu: 1500)
    )
  }

  @Test func `a record of a later version is read without its additions`() throws {
    let record = try Self.record()
    let later = record.text.replacing("boot=", with: "host.speed=9\nboot=")

    #expect(AllocationRecord(text: later) == record)
  }

  @Test func `a corrupt record may still name its container and its boot`() throws {
    let traces = AllocationRecord.traces(in: "sriov allocation 1\nboot=b\ncontainer=pod1\nhos")

    #expect(traces.containerID == "pod1")
    #expect(traces.boot == "b")
  }

  @Test func `a truncated record is rejected`() throws {
    let text = try Self.record().text

    #expect(AllocationRecord(text: String(text.prefix(text.count / 2))) == nil)
    #expect(AllocationRecord(text: "") == nil)
    #expect(AllocationRecord(text: "sriov allocation 2\n") == nil)
  }
}

@Suite struct PCIAddressTests {
  @Test(arguments: ["0000:01:10.0", "10000:FF:1f.7"])
  func `an address is accepted in sysfs's spelling`(text: String) {
    #expect(PCIAddress(text)?.text == text.lowercased())
  }

  @Test(arguments: [
    "", "01:10.0", "0000:01:10", "0000:01:10.8", "0000:01:1.0", "0000:01:zz.0", "../../../etc",
    "0000:01:10.0/..", "0000:01:10.0 ",
  ])
  func `anything else is refused`(text: String) {
    #expect(PCIAddress(text) == nil)
  }
}
