// SPDX-License-Identifier: Apache-2.0

// The reference rules as `nft` 1.0.6 lists them, with each anonymous set of two as two rules.

enum RulesetGolden {
  static let portList = """
    table inet masquerade_eth0 {
    \tcomment "masquerade n c i"
    \tset reserved {
    \t\ttype inet_proto . inet_service
    \t\tflags interval
    \t\telements = { tcp . 49152-49153 }
    \t}

    \tset forward {
    \t\ttype inet_proto . inet_service
    \t\tflags interval
    \t\telements = { tcp . 80,
    \t\t\t     tcp . 8000-8100,
    \t\t\t     udp . 5353,
    \t\t\t     sctp . 3868 }
    \t}

    \tchain prerouting {
    \t\ttype nat hook prerouting priority dstnat + 10; policy accept;
    \t\tiifname "eth0" ip daddr != 10.0.2.0/24 ip daddr != 127.0.0.0/8 fib daddr . iif type local goto inbound
    \t\tiifname "eth0" ip6 daddr != fd10:0:2::/120 ip6 daddr != fe80::/10 fib daddr . iif type local goto inbound
    \t\tiifname "k6t-eth0" ip daddr != 10.0.2.0/24 ip daddr != 127.0.0.0/8 fib daddr type local goto inbound
    \t\tiifname "k6t-eth0" ip6 daddr != fd10:0:2::/120 ip6 daddr != fe80::/10 fib daddr type local goto inbound
    \t}

    \tchain output {
    \t\ttype nat hook output priority -90; policy accept;
    \t\tip daddr 127.0.0.1 goto local
    \t}

    \tchain inbound {
    \t\tmeta l4proto . th dport @reserved counter drop
    \t\tmeta l4proto . th dport @forward goto to_vm
    \t}

    \tchain local {
    \t\tmeta l4proto . th dport @reserved return
    \t\tmeta l4proto . th dport @forward goto to_vm
    \t}

    \tchain to_vm {
    \t\tmeta nfproto ipv4 dnat ip to 10.0.2.2
    \t\tmeta nfproto ipv6 dnat ip6 to fd10:0:2::2
    \t}

    \tchain postrouting {
    \t\ttype nat hook postrouting priority srcnat; policy accept;
    \t\toifname "k6t-eth0" goto to_bridge
    \t\tip saddr 10.0.2.0/24 masquerade
    \t\tip6 saddr fd10:0:2::/120 masquerade
    \t}

    \tchain to_bridge {
    \t\tip saddr 127.0.0.0/8 snat ip to 10.0.2.1
    \t\tip saddr 10.0.2.2 snat ip to 10.0.2.1
    \t\tip6 saddr fd10:0:2::2 snat ip6 to fd10:0:2::1
    \t}

    \tchain input {
    \t\ttype filter hook input priority filter; policy accept;
    \t\tiifname "k6t-eth0" goto from_guest
    \t\tiifname != "lo" goto from_outside
    \t}

    \tchain from_guest {
    \t\tip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
    \t\tip saddr != 10.0.2.0/24 ip saddr != 0.0.0.0 counter drop
    \t\tip6 saddr != fd10:0:2::/120 ip6 saddr != fe80::/10 ip6 saddr != :: counter drop
    \t\tmeta nfproto ipv6 fib saddr type local counter drop
    \t\tct state established,related accept
    \t\tip6 saddr fe80::/10 udp dport 547 accept
    \t\tip6 saddr fe80::/10 meta l4proto != ipv6-icmp counter drop
    \t\tip daddr 127.0.0.0/8 counter drop
    \t\tmeta l4proto . th dport @reserved counter drop
    \t}

    \tchain from_outside {
    \t\tip saddr 10.0.2.0/24 counter drop
    \t\tip6 saddr fd10:0:2::/120 counter drop
    \t\tct state established,related accept
    \t\tmeta l4proto . th dport @reserved counter drop
    \t}

    \tchain forward {
    \t\tcomment "46 all/forward6=0 eth0/forward4=0"
    \t\ttype filter hook forward priority filter; policy accept;
    \t\toifname "k6t-eth0" goto forward_in
    \t\tiifname "k6t-eth0" goto forward_out
    \t\tiifname "eth0" meta nfproto ipv4 counter drop
    \t\tmeta nfproto ipv6 iif & 1073741824 == 0 oif & 1073741824 == 0 counter drop
    \t}

    \tchain forward_in {
    \t\tct state established,related accept
    \t\tiifname != "k6t-eth0" ip saddr 10.0.2.0/24 counter drop
    \t\tiifname != "k6t-eth0" ip6 saddr fd10:0:2::/120 counter drop
    \t\tct status dnat accept
    \t\tcounter drop
    \t}

    \tchain forward_out {
    \t\tct state invalid,untracked counter drop
    \t\toifname "eth0" ip saddr 10.0.2.0/24 accept
    \t\toifname "eth0" ip6 saddr fd10:0:2::/120 accept
    \t\tcounter drop
    \t}
    }

    """

  static let noList = """
    table inet masquerade_eth0 {
    \tcomment "masquerade n c i"
    \tset reserved {
    \t\ttype inet_proto . inet_service
    \t\tflags interval
    \t\telements = { tcp . 49152-49153 }
    \t}

    \tchain prerouting {
    \t\ttype nat hook prerouting priority dstnat + 10; policy accept;
    \t\tiifname "eth0" ip daddr != 10.0.2.0/24 ip daddr != 127.0.0.0/8 fib daddr . iif type local goto inbound
    \t\tiifname "eth0" ip6 daddr != fd10:0:2::/120 ip6 daddr != fe80::/10 fib daddr . iif type local goto inbound
    \t\tiifname "k6t-eth0" ip daddr != 10.0.2.0/24 ip daddr != 127.0.0.0/8 fib daddr type local goto inbound
    \t\tiifname "k6t-eth0" ip6 daddr != fd10:0:2::/120 ip6 daddr != fe80::/10 fib daddr type local goto inbound
    \t}

    \tchain output {
    \t\ttype nat hook output priority -90; policy accept;
    \t\tip daddr 127.0.0.1 goto local
    \t}

    \tchain inbound {
    \t\tmeta l4proto . th dport @reserved counter drop
    \t\tgoto to_vm
    \t}

    \tchain local {
    \t\tmeta l4proto . th dport @reserved return
    \t\tgoto to_vm
    \t}

    \tchain to_vm {
    \t\tmeta nfproto ipv4 dnat ip to 10.0.2.2
    \t\tmeta nfproto ipv6 dnat ip6 to fd10:0:2::2
    \t}

    \tchain postrouting {
    \t\ttype nat hook postrouting priority srcnat; policy accept;
    \t\toifname "k6t-eth0" goto to_bridge
    \t\tip saddr 10.0.2.0/24 masquerade
    \t\tip6 saddr fd10:0:2::/120 masquerade
    \t}

    \tchain to_bridge {
    \t\tip saddr 127.0.0.0/8 snat ip to 10.0.2.1
    \t\tip saddr 10.0.2.2 snat ip to 10.0.2.1
    \t\tip6 saddr fd10:0:2::2 snat ip6 to fd10:0:2::1
    \t}

    \tchain input {
    \t\ttype filter hook input priority filter; policy accept;
    \t\tiifname "k6t-eth0" goto from_guest
    \t\tiifname != "lo" goto from_outside
    \t}

    \tchain from_guest {
    \t\tip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
    \t\tip saddr != 10.0.2.0/24 ip saddr != 0.0.0.0 counter drop
    \t\tip6 saddr != fd10:0:2::/120 ip6 saddr != fe80::/10 ip6 saddr != :: counter drop
    \t\tmeta nfproto ipv6 fib saddr type local counter drop
    \t\tct state established,related accept
    \t\tip6 saddr fe80::/10 udp dport 547 accept
    \t\tip6 saddr fe80::/10 meta l4proto != ipv6-icmp counter drop
    \t\tip daddr 127.0.0.0/8 counter drop
    \t\tmeta l4proto . th dport @reserved counter drop
    \t}

    \tchain from_outside {
    \t\tip saddr 10.0.2.0/24 counter drop
    \t\tip6 saddr fd10:0:2::/120 counter drop
    \t\tct state established,related accept
    \t\tmeta l4proto . th dport @reserved counter drop
    \t}

    \tchain forward {
    \t\tcomment "46 all/forward6=0 eth0/forward4=0"
    \t\ttype filter hook forward priority filter; policy accept;
    \t\toifname "k6t-eth0" goto forward_in
    \t\tiifname "k6t-eth0" goto forward_out
    \t\tiifname "eth0" meta nfproto ipv4 counter drop
    \t\tmeta nfproto ipv6 iif & 1073741824 == 0 oif & 1073741824 == 0 counter drop
    \t}

    \tchain forward_in {
    \t\tct state established,related accept
    \t\tiifname != "k6t-eth0" ip saddr 10.0.2.0/24 counter drop
    \t\tiifname != "k6t-eth0" ip6 saddr fd10:0:2::/120 counter drop
    \t\tct status dnat accept
    \t\tcounter drop
    \t}

    \tchain forward_out {
    \t\tct state invalid,untracked counter drop
    \t\toifname "eth0" ip saddr 10.0.2.0/24 accept
    \t\toifname "eth0" ip6 saddr fd10:0:2::/120 accept
    \t\tcounter drop
    \t}
    }

    """

  static let ambient = """
    table inet masquerade_eth0 {
    \tcomment "masquerade n c i"
    \tset reserved {
    \t\ttype inet_proto . inet_service
    \t\tflags interval
    \t\telements = { tcp . 49152-49153 }
    \t}

    \tset mesh {
    \t\ttype inet_proto . inet_service
    \t\tflags interval
    \t\telements = { tcp . 15000-15001,
    \t\t\t     tcp . 15004,
    \t\t\t     tcp . 15006,
    \t\t\t     tcp . 15008-15009,
    \t\t\t     tcp . 15020-15021,
    \t\t\t     tcp . 15053,
    \t\t\t     tcp . 15090 }
    \t}

    \tset forward {
    \t\ttype inet_proto . inet_service
    \t\tflags interval
    \t\telements = { tcp . 22,
    \t\t\t     tcp . 1500 }
    \t}

    \tchain prerouting {
    \t\ttype nat hook prerouting priority dstnat - 10; policy accept;
    \t\tiifname "eth0" ip daddr != 10.0.2.0/24 ip daddr != 127.0.0.0/8 fib daddr . iif type local goto inbound
    \t\tiifname "eth0" ip6 daddr != fd10:0:2::/120 ip6 daddr != fe80::/10 fib daddr . iif type local goto inbound
    \t\tiifname "k6t-eth0" ip daddr != 10.0.2.0/24 ip daddr != 127.0.0.0/8 fib daddr type local goto inbound
    \t\tiifname "k6t-eth0" ip6 daddr != fd10:0:2::/120 ip6 daddr != fe80::/10 fib daddr type local goto inbound
    \t}

    \tchain output {
    \t\ttype nat hook output priority -90; policy accept;
    \t\tip daddr 127.0.0.1 goto local
    \t\tip daddr != 10.0.2.0/24 ip daddr != 127.0.0.0/8 fib daddr type local goto local
    \t\tip6 daddr != fd10:0:2::/120 ip6 daddr != fe80::/10 fib daddr type local goto local
    \t}

    \tchain inbound {
    \t\tmeta l4proto . th dport @reserved counter drop
    \t\ttcp dport != 22 return
    \t\tmeta l4proto . th dport @forward goto to_vm
    \t}

    \tchain local {
    \t\tmeta l4proto . th dport @reserved return
    \t\tmeta l4proto . th dport @mesh return
    \t\tmeta l4proto . th dport @forward goto to_vm
    \t}

    \tchain to_vm {
    \t\tmeta nfproto ipv4 dnat ip to 10.0.2.2
    \t\tmeta nfproto ipv6 dnat ip6 to fd10:0:2::2
    \t}

    \tchain postrouting {
    \t\ttype nat hook postrouting priority srcnat; policy accept;
    \t\toifname "k6t-eth0" goto to_bridge
    \t\tip saddr 10.0.2.0/24 masquerade
    \t\tip6 saddr fd10:0:2::/120 masquerade
    \t}

    \tchain to_bridge {
    \t\tip saddr 127.0.0.0/8 snat ip to 10.0.2.1
    \t\tip saddr 10.0.2.2 snat ip to 10.0.2.1
    \t\tip6 saddr fd10:0:2::2 snat ip6 to fd10:0:2::1
    \t\tmeta skuid != 4294967295 meta nfproto ipv4 snat ip to 10.0.2.1
    \t\tmeta skuid != 4294967295 meta nfproto ipv6 snat ip6 to fd10:0:2::1
    \t}

    \tchain input {
    \t\ttype filter hook input priority filter; policy accept;
    \t\tiifname "k6t-eth0" goto from_guest
    \t\tiifname != "lo" goto from_outside
    \t}

    \tchain from_guest {
    \t\tip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
    \t\tip saddr != 10.0.2.0/24 ip saddr != 0.0.0.0 counter drop
    \t\tip6 saddr != fd10:0:2::/120 ip6 saddr != fe80::/10 ip6 saddr != :: counter drop
    \t\tmeta nfproto ipv6 fib saddr type local counter drop
    \t\tct state established,related accept
    \t\tip6 saddr fe80::/10 udp dport 547 accept
    \t\tip6 saddr fe80::/10 meta l4proto != ipv6-icmp counter drop
    \t\tip daddr 127.0.0.0/8 counter drop
    \t\tmeta l4proto . th dport @reserved counter drop
    \t}

    \tchain from_outside {
    \t\tip saddr 10.0.2.0/24 counter drop
    \t\tip6 saddr fd10:0:2::/120 counter drop
    \t\tct state established,related accept
    \t\tmeta l4proto . th dport @reserved counter drop
    \t}

    \tchain forward {
    \t\tcomment "46 all/forward6=0 eth0/forward4=0"
    \t\ttype filter hook forward priority filter; policy accept;
    \t\toifname "k6t-eth0" goto forward_in
    \t\tiifname "k6t-eth0" goto forward_out
    \t\tiifname "eth0" meta nfproto ipv4 counter drop
    \t\tmeta nfproto ipv6 iif & 1073741824 == 0 oif & 1073741824 == 0 counter drop
    \t}

    \tchain forward_in {
    \t\tct state established,related accept
    \t\tiifname != "k6t-eth0" ip saddr 10.0.2.0/24 counter drop
    \t\tiifname != "k6t-eth0" ip6 saddr fd10:0:2::/120 counter drop
    \t\tct status dnat accept
    \t\tcounter drop
    \t}

    \tchain forward_out {
    \t\tct state invalid,untracked counter drop
    \t\toifname "eth0" ip saddr 10.0.2.0/24 accept
    \t\toifname "eth0" ip6 saddr fd10:0:2::/120 accept
    \t\tcounter drop
    \t}

    \tchain ambient_out {
    \t\ttype route hook output priority mangle; policy accept;
    \t\tmeta mark & 0x00000fff == 0x00000539 ip daddr != 10.0.2.0/24 ip daddr != 127.0.0.0/8 fib daddr type local ct mark set ct mark & 0xfffff111 | 0x00000111
    \t\tmeta mark & 0x00000fff == 0x00000539 ip6 daddr != fd10:0:2::/120 ip6 daddr != fe80::/10 fib daddr type local ct mark set ct mark & 0xfffff111 | 0x00000111
    \t}

    \tchain ambient_in {
    \t\ttype filter hook prerouting priority mangle; policy accept;
    \t\tiifname "k6t-eth0" ct direction reply ct mark & 0x00000fff == 0x00000111 meta mark set ct mark
    \t}
    }

    """
}
