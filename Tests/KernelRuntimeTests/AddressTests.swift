import Testing

@testable import KernelRuntime

@Suite struct AddressTests {
    @Test(
        "A range holds what begins with its bits",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.128/25", "192.0.2.127", false),
            ("192.0.2.128/25", "192.0.2.200", true), ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.1", true), ("0.0.0.0/0", "2001:db8::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
            ("2001:db8::/33", "2001:db8:8000::1", false), ("192.0.2.0/24", "::ffff:192.0.2.9", true), ("::1", "::1", true),
        ])
    func ranges(_ range: String, _ address: String, _ expected: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == expected)
    }

    @Test(
        "What is no range is refused",
        arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "example.org", "::/129", "1.2.3.4/8/9"])
    func invalid(_ text: String) { #expect(AddressRange(text) == nil) }

    @Test("An IPv6 machine is counted by its network, an IPv4 one by its address in either form")
    func buckets() {
        #expect(Client(address: "2001:db8:1:2:3::4").bucket == Client(address: "2001:db8:1:2:ffff::5").bucket)
        #expect(Client(address: "2001:db8:1:2::4").bucket != Client(address: "2001:db8:1:3::4").bucket)
        #expect(Client(address: "192.0.2.7").bucket == Client(address: "::ffff:192.0.2.7").bucket)
        #expect(Client(address: "192.0.2.7").bucket != Client(address: "192.0.2.8").bucket)
        #expect(Client(address: nil).bucket == Client(address: "nonsense").bucket)
    }
}
