import Foundation

/// Where browsers reach this installation: `https://battles.example.org`. The callback of the login, the check of `Origin` and
/// the `Secure` attribute of cookies come from it.
public struct PublicURL: Sendable, Hashable, CustomStringConvertible {
    /// Scheme, host and port as browsers write them in `Origin`: lower case, without the scheme's usual port.
    public let origin: String
    public let host: String
    public let isSecure: Bool

    /// - Returns: `nil` for anything but `http` or `https` with a host, and perhaps a port and a slash.
    public init?(_ text: String) {
        guard let parts = URLComponents(string: text), parts.path.isEmpty || parts.path == "/", parts.query == nil,
            parts.fragment == nil, parts.user == nil, let origin = Self.origin(of: parts), let host = parts.host
        else { return nil }
        self.origin = origin
        self.host = host.lowercased()
        isSecure = origin.hasPrefix("https:")
    }

    /// The server as it listens, when nobody has told how it is reached.
    init(listening address: ListenAddress, port: Int) {
        // Listening everywhere, this machine is the one place that is certain.
        let isEverywhere = ["0.0.0.0", "::", "*"].contains(address.host)
        host = isEverywhere ? "127.0.0.1" : address.host.lowercased()
        let shown = host.contains(":") ? "[\(host)]" : host
        origin = port == 80 ? "http://\(shown)" : "http://\(shown):\(port)"
        isSecure = false
    }

    public var description: String { origin }

    /// The origin of an absolute URL, as a `Referer` is one; `nil` for everything else.
    static func origin(of url: String) -> String? { URLComponents(string: url).flatMap { origin(of: $0) } }

    private static func origin(of parts: URLComponents) -> String? {
        guard let scheme = parts.scheme?.lowercased(), let host = parts.host?.lowercased(), !host.isEmpty else { return nil }
        let usualPort: Int
        switch scheme {
        case "http": usualPort = 80
        case "https": usualPort = 443
        default: return nil
        }
        guard let port = parts.port, port != usualPort else { return "\(scheme)://\(host)" }
        return "\(scheme)://\(host):\(port)"
    }
}
