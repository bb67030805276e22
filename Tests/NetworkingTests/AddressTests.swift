import Testing

@testable import Networking

@Suite struct AddressTests {
  @Test(arguments: ["0.0.0.0", "10.0.0.1", "255.255.255.255", "::", "::1", "fd00:1::2", "2001:db8::1:0:0:1"])
  func asTyped(_ text: String) throws { #expect(try #require(IPAddress(text)).description == text) }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.4 ", "1..2.3", "::g", "fe80::1%lo", "1.2.3.+4",
  ])
  func noAddress(_ text: String) { #expect(IPAddress(text) == nil) }

  @Test func bytes() throws {
    #expect(IPv4Address("10.1.2.3")?.bytes == [10, 1, 2, 3])
    let address = try #require(IPv6Address("fd00::ff"))
    #expect(IPv6Address(bytes: address.bytes) == address)
    #expect(address.bytes.last == 0xff && address.bytes.first == 0xfd)
  }

  @Test func subnet() throws {
    let subnet = try #require(Subnet("10.88.3.4/16"))
    #expect(subnet.description == "10.88.0.0/16")
    #expect(subnet.contains(IPAddress("10.88.255.255")!) && !subnet.contains(IPAddress("10.89.0.0")!))
    #expect(!subnet.contains(IPAddress("::a58:0")!))
    #expect(subnet.address(at: 1) == IPAddress("10.88.0.1"))
    #expect(subnet.address(at: 0x10000) == nil)
    #expect(subnet.last == IPAddress("10.88.255.255"))
    #expect(Subnet("0.0.0.0/0")?.last == IPAddress("255.255.255.255"))
    #expect(Subnet("1.2.3.4/32")?.last == IPAddress("1.2.3.4"))
    let six = try #require(Subnet("fd00:1:2:3::/56"))
    #expect(six.description == "fd00:1:2::/56")
    #expect(six.last == IPAddress("fd00:1:2:ff:ffff:ffff:ffff:ffff"))
    #expect(Subnet("fd00::/120")?.address(at: 255) == IPAddress("fd00::ff"))
    #expect(Subnet("fd00::/120")?.address(at: 256) == nil)
  }

  @Test func overlap() throws {
    let wide = try #require(Subnet("10.0.0.0/8")), narrow = try #require(Subnet("10.9.0.0/24"))
    #expect(wide.overlaps(narrow) && narrow.overlaps(wide) && wide.contains(narrow) && !narrow.contains(wide))
    #expect(!narrow.overlaps(Subnet("10.9.1.0/24")!))
    #expect(!wide.overlaps(Subnet("::/0")!))
  }

  @Test(arguments: [
    "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "/8", "10.0.0.0/8/8", "::/129", "x/8", "::/+8",
  ])
  func noSubnet(_ text: String) { #expect(Subnet(text) == nil) }

  @Test func hardwareAddress() throws {
    #expect(HardwareAddress("02-42-0A-00-00-01")?.description == "02:42:0a:00:00:01")
    #expect(HardwareAddress(for: IPv4Address("10.0.0.1")!).description == "02:42:0a:00:00:01")
    for text in [
      "", "0242.ac11.0002", "02:42:ac:11:00:0g", "02:42:0a:00:00", "02:42:0a:00:00:1", "02:42:0a:00:00:+1",
      "02:42:0a:00:00:01:",
    ] {
      #expect(HardwareAddress(text) == nil)
    }
    #expect(HardwareAddress("01:00:5e:00:00:01")?.isUsable == false)
    #expect(HardwareAddress("00:00:00:00:00:00")?.isUsable == false)
  }
}
