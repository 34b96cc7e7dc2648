import HTTPTypes

/// Where a request comes from.
package struct Client: Sendable, Hashable {
    /// For the audit log and for limits; `nil` when there is no network in between (tests, Unix sockets).
    package let address: String?
    /// What limits are counted by: the address, or its network of 64 bits, since one machine can have all of these.
    package let bucket: String

    package static let unknown = Client(address: nil)

    package init(address: String?) {
        self.address = address
        guard let address, let bytes = AddressRange.bytes(of: address) else {
            bucket = "none"
            return
        }
        if bytes.count == 4 {
            bucket = bytes.map { String($0) }.joined(separator: ".")
        } else {
            bucket = bytes[..<8].map { String($0, radix: 16) }.joined(separator: ":")
        }
    }

    /// The client behind proxies of ours: the last address in `X-Forwarded-For` that no proxy of ours wrote about itself.
    ///
    /// - Parameter peer: who is connected; who is no proxy of ours is believed nothing.
    init(peer: Client, headers: HTTPFields, proxies: [AddressRange]) {
        var address = peer.address
        for hop in (headers[.xForwardedFor] ?? "").split(separator: ",").reversed() {
            guard let known = address, proxies.contains(where: { $0.contains(known) }) else { break }
            let claimed = hop.filter { $0 != " " }
            guard AddressRange.bytes(of: claimed) != nil else { break }
            address = claimed
        }
        self = address == peer.address ? peer : Client(address: address)
    }

    /// Whether it is one of these proxies itself.
    func isAmong(_ proxies: [AddressRange]) -> Bool { address.map { own in proxies.contains { $0.contains(own) } } ?? false }
}

extension HTTPField.Name {
    // The initializer fails for invalid tokens only, and this is a valid one.
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For") ?? .via
}
