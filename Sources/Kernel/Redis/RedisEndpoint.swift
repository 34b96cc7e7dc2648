import Foundation

/// A Redis URL taken apart.
struct RedisEndpoint: Sendable, Equatable, CustomStringConvertible {
    enum Address: Sendable, Equatable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    let address: Address
    /// `nil` for the user `default`.
    let user: String?
    let password: String?
    let database: Int
    let usesTLS: Bool
    /// Certificates to trust instead of the system's, a PEM file.
    let authorityFile: String?

    init(url: String) throws(RedisError) {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased() else {
            throw Self.wrong("it is not a URL")
        }
        user = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        password = parts.password.flatMap { $0.isEmpty ? nil : $0 }
        guard user == nil || password != nil else { throw Self.wrong("a user without a password; it is user:password@host") }
        guard parts.fragment == nil else { throw Self.wrong("a # in a password is written %23") }
        let isUnix = scheme == "redis+unix" || scheme == "unix"
        usesTLS = scheme == "rediss"
        guard isUnix || usesTLS || scheme == "redis" else {
            throw Self.wrong("the scheme is redis, rediss or redis+unix")
        }
        let query = try Self.query(parts, allowed: isUnix ? ["db"] : usesTLS ? ["cacert"] : [])
        authorityFile = query["cacert"]
        if isUnix {
            guard parts.host ?? "" == "", parts.path.count > 1 else {
                throw Self.wrong("a socket is written redis+unix:///path/to/socket")
            }
            address = .unix(path: parts.path)
            database = try Self.database(query["db"] ?? "")
        } else {
            // A numeric IPv6 address stands in brackets in a URL, and without them everywhere else.
            let host = (parts.host ?? "").trimmingCharacters(in: ["[", "]"])
            guard !host.isEmpty else { throw Self.wrong("the host is missing") }
            let port = parts.port ?? 6_379
            guard (1...65_535).contains(port) else { throw Self.wrong("the port is not a number from 1 to 65535") }
            address = .tcp(host: host, port: port)
            database = try Self.database(String(parts.path.drop { $0 == "/" }))
        }
    }

    private static func query(_ parts: URLComponents, allowed: Set<String>) throws(RedisError) -> [String: String] {
        var values: [String: String] = [:]
        for item in parts.queryItems ?? [] {
            guard allowed.contains(item.name), let value = item.value, !value.isEmpty, values[item.name] == nil else {
                let known = allowed.isEmpty ? "there are none for this scheme" : allowed.sorted().joined(separator: ", ")
                throw wrong("an unknown, repeated or empty parameter (\(known))")
            }
            values[item.name] = value
        }
        return values
    }

    private static func database(_ text: String) throws(RedisError) -> Int {
        if text.isEmpty { return 0 }
        guard text.count <= 5, text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(text) else {
            throw wrong("the database is not a number")
        }
        return number
    }

    private static func wrong(_ reason: String) -> RedisError {
        RedisError(.protocolViolation, "the Redis URL is wrong: \(reason)")
    }

    /// The URL without user and password.
    var description: String {
        let secret = password == nil ? "" : "***@"
        switch address {
        case .unix(let path): return "redis+unix://\(secret)\(path)?db=\(database)"
        case .tcp(let host, let port):
            let name = host.contains(":") ? "[\(host)]" : host
            return "\(usesTLS ? "rediss" : "redis")://\(secret)\(name):\(port)/\(database)"
        }
    }
}
