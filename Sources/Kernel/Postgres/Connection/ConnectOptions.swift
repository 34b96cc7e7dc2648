#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

import KernelAPI

/// Turns a configuration into what libpq is given: host names resolved, driver settings added.
enum ConnectOptions {
    /// Resolves host names: blocks, for as long as the resolver likes. Only for ``BlockingThreads``.
    static func resolved(_ configuration: PostgresConfiguration) -> Result<[(String, String)], DatabaseError> {
        var options = configuration.options
        options["gssencmode"] = "disable"  // it would add blocking calls to the Kerberos library
        options["client_encoding"] = "UTF8"
        options["application_name"] = configuration.applicationName
        for (key, value) in keepAlive where options[key] == nil { options[key] = value }
        if options["hostaddr"] == nil, let host = options["host"], !host.isEmpty {
            let ports = (options["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            var targets: [(host: String, address: String, port: String)] = []
            for (index, name) in host.split(separator: ",", omittingEmptySubsequences: false).map(String.init).enumerated() {
                let port = ports.count > 1 ? (index < ports.count ? ports[index] : "") : ports.first ?? ""
                targets += addresses(of: name).map { (name, $0, port) }
            }
            guard !targets.isEmpty else { return .failure(DatabaseError(.unavailable, "cannot resolve the host name \(host)")) }
            options["host"] = targets.map(\.host).joined(separator: ",")
            options["hostaddr"] = targets.map(\.address).joined(separator: ",")
            if options["port"] != nil { options["port"] = targets.map(\.port).joined(separator: ",") }
        }
        return .success(options.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    /// So that a peer that vanished without a word is noticed after about a minute.
    private static let keepAlive = [
        "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "60000",
    ]

    /// The addresses of one host; a socket directory has an empty one.
    private static func addresses(of host: String) -> [String] {
        guard !host.isEmpty, !host.hasPrefix("/"), !host.hasPrefix("@") else { return [""] }
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Darwin)
            hints.ai_socktype = SOCK_STREAM
        #else
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [String] = []
        var next = list
        while let entry = next {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { buffer in
                let (address, length) = (entry.pointee.ai_addr, entry.pointee.ai_addrlen)
                guard let base = buffer.baseAddress,
                    getnameinfo(address, length, base, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST) == 0
                else { return }
                found.append(String(cString: base))
            }
            next = entry.pointee.ai_next
        }
        return found
    }
}
