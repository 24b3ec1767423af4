// SPDX-License-Identifier: Apache-2.0

import GuestAddressing
import Linux
import Netlink
import NetworkModel

/// The subcommand `masquerade dhcp`, from its arguments to its exit status.
enum AddressServiceMain {
  private static let usage = """
    usage: masquerade dhcp [OPTION VALUE]…

    Serves DHCPv4, DHCPv6 and router advertisements to the VM. Runs in the pod's network namespace, in
    the foreground, until SIGTERM. Addresses and MTU come from the bridge, name servers and domains
    from /etc/resolv.conf. Needs CAP_NET_BIND_SERVICE, and CAP_NET_RAW for router advertisements.

      --interface NAME    the bridge (the one created by ADD)
      --dns A,B           name servers
      --search D,E        search list (the domain)
      --domain D          the VM's own domain (the longest of the search list)
      --hostname NAME     the VM's name (from the pod's); empty for none
      --lease-time S      lease time in seconds (86400); 4294967295 is infinite
      --ntp A,B           NTP servers, DHCPv4 option 42
      --tftp-server NAME  option 66; an IPv4 address is also the boot server
      --boot-file NAME    option 67, and the file to boot
      --option N=TEXT     options 224 to 254
      --user UID          user that root becomes once the sockets are open (65534)

    """

  /// Serves; never returns.
  static func run(_ words: [String]) -> Never {
    if words.contains("--help") || words.contains("-h") {
      _ = try? StandardStreams.writeOutput(Array(usage.utf8))  // no reader is not an error
      ThisProcess.exit(0)
    }
    StandardStreams.ensureOpen()
    ThisProcess.ignoreWriteSignals()
    let options: AddressServiceOptions
    do {
      options = try AddressServiceOptions(words)
    } catch {
      AddressService.say("\(error.text) (masquerade dhcp --help)")
      ThisProcess.exit(2)
    }
    do {
      try serve(options)
    } catch {
      AddressService.say("\(error)")
      ThisProcess.exit(1)
    }
    ThisProcess.exit(0)
  }

  private static func serve(_ options: AddressServiceOptions) throws(KernelError) {
    guard let (bridge, facts) = try GuestFacts.derived(options, through: RouteSocket()) else {
      let name = options.interface.map { " '\($0)'" } ?? ""
      AddressService.say("no bridge\(name) in this namespace has a gateway address")
      ThisProcess.exit(1)
    }
    var service = try AddressService(facts, on: bridge)
    try ThisProcess.dropPrivileges(becoming: options.user)
    let guests = [facts.v4?.guest, facts.v6?.guest].compactMap { $0?.description }
    AddressService.say("serving \(guests.joined(separator: " and ")) on '\(bridge.name)'")
    if options.isDetached {
      try StandardStreams.writeOutput(Array("ready\n".utf8))
      // End of file means that ADD failed or died before it recorded this process.
      guard try !StandardStreams.readInput(limit: 1).isEmpty else { return }
      ThisProcess.detach()
    }
    try service.run()
  }
}
