import Crypto

/// A Lua script, run by its digest: the text goes over the wire only when the server does not know it yet.
public struct RedisScript: Sendable {
    /// What the server calls it.
    let digest: String
    let source: String

    /// - Parameter source: Lua; keys and values come as KEYS and ARGV, never as part of the text.
    public init(_ source: StaticString) {
        self.source = source.description
        let hash = Insecure.SHA1.hash(data: Array(self.source.utf8))
        digest = hash.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0\(digits)" : digits
        }.joined()
    }

    func byDigest(_ keys: [RedisArgument], _ arguments: [RedisArgument]) -> RedisCommand {
        RedisCommand("EVALSHA", arguments: [.text(digest), .integer(keys.count)] + keys + arguments)
    }

    /// Also makes the server remember the script.
    func bySource(_ keys: [RedisArgument], _ arguments: [RedisArgument]) -> RedisCommand {
        RedisCommand("EVAL", arguments: [.text(source), .integer(keys.count)] + keys + arguments)
    }
}
