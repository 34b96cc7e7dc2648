/// Where to listen: `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    /// 0 lets the system choose.
    public let port: Int

    /// - Returns: `nil` when the text is not `host:port`.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = Int(port)
    }

    /// True when only programs on this machine can connect. A host that is not certainly loopback counts as reachable.
    public var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        // Real addresses only: 127.0.0.256 is a host name, and names lead anywhere.
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127"
            && octets.allSatisfy { $0.wholeMatch(of: /[0-9]{1,3}/) != nil && UInt8($0) != nil }
    }

    /// Decimal digits only: Swift would also take `+80`.
    private static func port(_ text: Substring) -> UInt16? { text.wholeMatch(of: /[0-9]{1,5}/).flatMap { UInt16($0.output) } }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
