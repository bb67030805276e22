/// The rules of the packet filter, in the language of nft(8). They never change while the table is there: networks
/// and published ports are elements of its sets and maps.
enum Ruleset {
  static let table = "swiftainer"

  /// The name of an empty set that says which rules these are. To be counted up with each change of the text below.
  static let version = "version_1"

  /// A table that is there already is an error: two who load it at once would have every rule twice.
  static let text = """
    create table inet \(table)
    table inet \(table) {
      comment "swiftainer: networks and published ports of containers"

      set \(version) { type mark; }

      # Bridges of our networks.
      set bridges { type ifname; }
      # Each bridge with itself: what stays in a network is forwarded where bridges call IP's packet filter.
      set pairs { type ifname . ifname; }
      # Bridges of networks with nothing but the host around them.
      set internal { type ifname; }
      # Bridges whose containers go out under an address of the host's.
      set masquerade4 { type ifname; }
      set masquerade6 { type ifname; }

      # Published ports: for all of the host's addresses, and for one.
      map published4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
      map published6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
      map published4_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
      map published6_at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }

      chain published {
        dnat ip to ip daddr . meta l4proto . th dport map @published4_at
        meta nfproto ipv4 dnat ip to meta l4proto . th dport map @published4
        dnat ip6 to ip6 daddr . meta l4proto . th dport map @published6_at
        meta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @published6
      }

      # Before addresses are translated: a port published at 127.0.0.1 is for the host alone, and our bridges take
      # packets of that net. Answers to the host are still under the bridge's address here.
      chain loopback {
        type filter hook prerouting priority raw; policy accept;
        iifname != "lo" ip daddr 127.0.0.0/8 drop
      }

      chain prerouting {
        type nat hook prerouting priority dstnat; policy accept;
        fib daddr type local jump published
      }

      chain output {
        type nat hook output priority -100; policy accept;
        # The kernel takes no answer for ::1 from a bridge: a relay listens there.
        ip6 daddr ::1 return
        fib daddr type local jump published
      }

      chain forward {
        type filter hook forward priority filter; policy accept;
        ct state established,related accept
        iifname . oifname @pairs accept
        iifname @internal drop
        oifname @internal drop
        oifname @bridges ct status dnat accept
        oifname @bridges drop
      }

      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        # Published ports that containers or the host itself call: the answer has to come back this way. What the
        # host sends has no interface of entrance, and so has what a bridge hands on by itself.
        oifname @bridges ct status dnat iifname @bridges masquerade
        oifname @bridges ct status dnat meta iif 0 masquerade
        oifname @bridges accept
        iifname @masquerade4 meta nfproto ipv4 masquerade
        iifname @masquerade6 meta nfproto ipv6 masquerade
      }
    }

    """

  /// Takes a table of other rules away, together with `text` in one transaction. Where somebody has replaced it
  /// meanwhile, all fails.
  static func removal(handle: UInt64) -> String { "delete table inet handle \(handle)\n" }
}
