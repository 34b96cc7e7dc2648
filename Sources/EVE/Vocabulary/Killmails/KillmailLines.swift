public import struct Foundation.Date

/// Killmails from a file with one JSON text a line, plain or gzip.
public struct KillmailLines: Sendable {
    /// In the order of the file.
    public var killmails: [Killmail] = []
    /// The first unreadable lines, at most ``maximumErrors``.
    public var errors: [LineError] = []
    /// How many lines were unreadable altogether.
    public var errorCount = 0

    public static let maximumErrors = 1_000

    public struct LineError: Error, Sendable, Hashable, CustomStringConvertible {
        /// From 1.
        public var line: Int
        public var error: KillmailDecodingError

        public var description: String { "line \(line): \(error)" }
    }

    /// Reads a whole file, decoding on all cores.
    ///
    /// - Parameters:
    ///   - now: the present; killmails from the future are refused.
    ///   - stopAtError: throw the first ``LineError`` instead of collecting.
    /// - Throws: ``FileFormatError``, or ``LineError``.
    public static func readAll(path: String, now: Date, stopAtError: Bool = false, cores: Int = 4) async throws -> KillmailLines {
        var chunks = LineChunks(try ByteReader(path: path))
        let decoder = KillmailDecoder(now: now)
        return try await withThrowingTaskGroup(of: (Int, KillmailLines).self) { group in
            var parts: [KillmailLines?] = []
            var running = 0
            while let chunk = try chunks.next() {
                // Bounded: no more pieces in memory than can be worked on.
                if running >= cores + 1, let (index, part) = try await group.next() {
                    parts[index] = part
                    running -= 1
                }
                let index = parts.count
                parts.append(nil)
                running += 1
                group.addTask { (index, try decode(chunk, with: decoder, stopAtError: stopAtError)) }
            }
            for try await (index, part) in group { parts[index] = part }
            return joined(parts)
        }
    }

    static func decode(_ chunk: LineChunks.Chunk, with decoder: KillmailDecoder, stopAtError: Bool) throws -> KillmailLines {
        var result = KillmailLines()
        try chunk.forEachLine { bytes, line in
            do throws(KillmailDecodingError) {
                result.killmails.append(try decoder.decode(bytes))
            } catch {
                result.note(LineError(line: line, error: error))
                if stopAtError { throw LineError(line: line, error: error) }
            }
        }
        return result
    }

    private mutating func note(_ error: LineError) {
        errorCount += 1
        if errors.count < Self.maximumErrors { errors.append(error) }
    }

    private static func joined(_ parts: [KillmailLines?]) -> KillmailLines {
        var result = KillmailLines()
        result.killmails.reserveCapacity(parts.reduce(0) { $0 + ($1?.killmails.count ?? 0) })
        for case let part? in parts {
            result.killmails += part.killmails
            result.errors += part.errors.prefix(maximumErrors - result.errors.count)
            result.errorCount += part.errorCount
        }
        return result
    }
}
