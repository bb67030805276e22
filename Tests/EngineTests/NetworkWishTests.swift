import Networking
import OCISpec
import Runtime
import Testing

@testable import Engine

@Suite struct NetworkWishTests {
  func mode(_ words: [String], _ change: (inout NetworkWish) -> Void = { _ in }) throws -> NetworkMode? {
    var flags = NetworkWish("")
    change(&flags)
    return try NetworkMode(networks: words, flags: flags)
  }

  func failure(_ words: [String], _ change: (inout NetworkWish) -> Void = { _ in }) -> String? {
    do {
      _ = try mode(words, change)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func words() throws {
    #expect(try mode([]) == nil)
    #expect(try mode(["none"]) == .loopback)
    #expect(try mode(["name=host"]) == .host)
    #expect(try mode(["container:x"]) == .container("x"))
    #expect(try mode(["default"]) == .networks([NetworkWish("bridge")]))
    #expect(try mode(["name=default"]) == .networks([NetworkWish("bridge")]))
    #expect(try mode(["a", "b"]) == .networks([NetworkWish("a"), NetworkWish("b")]))
    #expect(try mode(["a", "b"])?.word == "a")
  }

  @Test func fields() throws {
    let text = "NAME=a,alias=x,Alias=Y,ip=10.0.0.5,ip6=fd00::5,mac-address=02-00-00-00-00-01"
    var wish = NetworkWish("a")
    wish.aliases = ["x", "Y"]
    wish.ip4 = IPv4Address("10.0.0.5")
    wish.ip6 = IPv6Address("fd00::5")
    wish.mac = HardwareAddress("02:00:00:00:00:01")
    #expect(try NetworkWish(flag: text) == wish)
  }

  @Test(arguments: [
    ("", "not a network"), ("name=", "network name/id is not specified"), ("alias=x", "not specified"),
    ("name=a,x", "invalid field x"), ("name=a,", "invalid field"), ("=a", "invalid field =a"),
    ("name=a,color=red", "invalid field key color"), ("name=a,driver-opt=x=y", "driver-opt is not supported"),
    ("name=a,ip=1.2.3", "'1.2.3' is not an IPv4 address"), ("name=a,ip6=1.2.3.4", "is not an IPv6 address"),
    ("name=a,mac-address=01:00:00:00:00:00", "is not a device's address"), ("name=a,alias=", "'' is no name"),
    ("name=a,alias=x y", "'x y' is no name"),
  ])
  func refused(_ text: String, _ reason: String) {
    #expect(failure([text])?.contains(reason) == true)
    #expect(failure([text])?.hasPrefix("--network") == true)
  }

  @Test func flagsAreForTheFirst() throws {
    let mode = try mode(["a", "name=b,ip=10.0.0.6"]) {
      $0.ip4 = IPv4Address("10.0.0.5")
      $0.aliases = ["x"]
      $0.mac = HardwareAddress("02:00:00:00:00:01")
    }
    var first = NetworkWish("a")
    first.ip4 = IPv4Address("10.0.0.5")
    first.aliases = ["x"]
    first.mac = HardwareAddress("02:00:00:00:00:01")
    var second = NetworkWish("b")
    second.ip4 = IPv4Address("10.0.0.6")
    #expect(mode == .networks([first, second]))
    var usual = NetworkWish("bridge")
    usual.mac = first.mac
    #expect(try self.mode([]) { $0.mac = usual.mac } == .networks([usual]))
  }

  @Test func conflicts() {
    #expect(
      failure(["name=a,alias=x"]) { $0.aliases = ["y"] }
        == "conflicting options: cannot specify both --network-alias and per-network alias")
    #expect(
      failure(["name=a,ip=10.0.0.5"]) { $0.ip4 = IPv4Address("10.0.0.5") }
        == "conflicting options: cannot specify both --ip and per-network IPv4 address")
    #expect(
      failure(["name=a,ip6=fd00::5"]) { $0.ip6 = IPv6Address("fd00::5") }
        == "conflicting options: cannot specify both --ip6 and per-network IPv6 address")
    let mac = HardwareAddress("02:00:00:00:00:01")
    #expect(
      failure(["name=a,mac-address=02:00:00:00:00:01"]) { $0.mac = mac }
        == "conflicting options: cannot specify both --mac-address and per-network MAC address")
    #expect(failure(["a", "b", "a"]) == "network \"a\" is specified multiple times")
    for other in ["host", "none", "container:x", "bridge", "default"] {
      for words in [["a", other], [other, "a"]] {
        #expect(
          failure(words)?.hasPrefix(
            "conflicting options: cannot attach both user-defined and non-user-defined network-modes") == true
        )
      }
      #expect(
        failure([other]) { $0.aliases = ["x"] }
          == "network-scoped alias is supported only for containers in user defined networks")
      #expect(
        failure([other]) { $0.ip4 = IPv4Address("10.0.0.5") }
          == "user specified IP address is supported on user defined networks only")
    }
    #expect(
      failure(["host"]) { $0.mac = mac } == "conflicting options: mac-address and the network mode (host)")
    #expect(failure([]) { $0.aliases = ["x"] }?.contains("user defined networks") == true)
    #expect(failure([]) { $0.ip6 = IPv6Address("fd00::5") }?.contains("user defined networks only") == true)
  }

  func read(_ text: String) throws -> NetworkOptions {
    try NetworkOptions(json: JSONDocument(Array(text.utf8), name: "x").root)
  }

  /// Containers that were made before there were networks.
  @Test func onceWritten() throws {
    #expect(try read("{}").mode == nil)
    #expect(try read(#"{"mode":"none"}"#).mode == .loopback)
    #expect(try read(#"{"mode":"host"}"#).mode == .host)
    #expect(try read(#"{"mode":"container:x"}"#).mode == .container("x"))
    #expect(try read(#"{"mode":"front"}"#).networks == [NetworkWish("front")])
  }

  @Test func comesBack() throws {
    for words in [[], ["none"], ["host"], ["container:x"], ["a"], ["name=a,alias=x,ip=10.0.0.5", "b"]] {
      var options = NetworkOptions()
      options.mode = try mode(words)
      #expect(try read(String(decoding: options.json(), as: UTF8.self)) == options)
    }
    // One that has left all its networks is not one of which nothing was said.
    var options = NetworkOptions()
    options.mode = .networks([])
    #expect(try read(String(decoding: options.json(), as: UTF8.self)).mode == .networks([]))
    #expect(throws: SpecError.self) { try read(#"{"networks":[{"name":"a","ip4":"x"}]}"#) }
    #expect(throws: SpecError.self) { try read(#"{"networks":[{}]}"#) }
  }
}
