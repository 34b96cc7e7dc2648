import CHiredis

/// hiredis's command formatter: a command as the bytes that go over the wire.
enum CommandFormatter {
    /// Lends the bytes to `body`.
    static func withBytes<Result>(
        of command: RedisCommand, _ body: (UnsafeRawBufferPointer) throws(RedisError) -> Result
    ) throws(RedisError) -> Result {
        let count = command.lengths.count
        var formatted: UnsafeMutablePointer<CChar>?
        let length = command.bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { arguments in
                var start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                for (index, length) in command.lengths.enumerated() {
                    arguments.initializeElement(at: index, to: start)
                    start = start.map { $0 + length }
                }
                return command.lengths.withUnsafeBufferPointer { lengths in
                    Int(redisFormatCommandArgv(&formatted, Int32(count), arguments.baseAddress, lengths.baseAddress))
                }
            }
        }
        guard length >= 0, let formatted else {
            throw RedisError(.tooLarge, "out of memory for a command", command: command.name)
        }
        defer { redisFreeCommand(formatted) }
        return try body(UnsafeRawBufferPointer(start: formatted, count: length))
    }
}
