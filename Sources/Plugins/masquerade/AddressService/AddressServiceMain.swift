// SPDX-License-Identifier: Apache-2.0

import GuestAddressing
import Linux
import Netlink
import NetworkModel

/// The subcommand `masquerade dhcp`, from its words to its exit status.
enum AddressServiceMain {
  private static let usage = """
    usage: masquerade dhcp [OPTION VALUE]…

    Serves DHCPv4, DHCPv6 and router advertisements to the VM behind this network namespace's pod, in
    the foreground, until SIGTERM. Addresses and MTU come from the bridge, name servers and domains
    from /etc/resolv.conf. Needs CAP_NET_BIND_SERVICE, and CAP_NET_RAW for router advertisements.

      --interface NAME    the bridge (the one that ADD made)
      --dns A,B           name servers
      --search D,E        domains of short names
      --hostname NAME     the VM's name (the pod's); empty for none
      --lease-time S      seconds that addresses hold (86400); 4294967295 for ever
      --ntp A,B           time servers, DHCPv4 option 42
      --tftp-server NAME  option 66
      --boot-file NAME    option 67
      --option N=TEXT     options 224 to 254
      --user UID          becomes this user once the sockets are open

    """

  /// Serves; never returns.
  static func run(_ words: [String]) -> Never {
    if words.contains("--help") || words.contains("-h") {
      _ = try? StandardStreams.writeOutput(Array(usage.utf8))  // nobody is left to be told
      ThisProcess.exit(0)
    }
    StandardStreams.ensureOpen()
    ThisProcess.ignoreBrokenPipes()
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
    guard let (interface, facts) = try GuestFacts.derived(options, through: RouteSocket()) else {
      let name = options.interface.map { " '\($0)'" } ?? ""
      AddressService.say("there is no bridge\(name) with a gateway's address in this namespace")
      ThisProcess.exit(1)
    }
    let service = try AddressService(facts, on: interface)
    if let user = options.user { try ThisProcess.become(user: user, group: user) }
    let guests = [facts.v4?.guest, facts.v6?.guest].compactMap { $0?.description }
    AddressService.say("serving \(guests.joined(separator: " and ")) on '\(interface)'")
    if options.isDetached {
      _ = try? StandardStreams.writeOutput(Array("ready\n".utf8))  // nobody waits any more
      ThisProcess.detach()
    }
    try service.run()
  }
}
