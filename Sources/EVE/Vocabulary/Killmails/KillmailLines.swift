public import struct Foundation.Date

/// What was made of the killmails in a file with one JSON text a line, plain or gzip.
public struct KillmailLines<Value: Sendable>: Sendable {
    /// In the order of the file.
    public var values: [Value] = []
    /// The first unreadable lines, at most ``maximumErrors``.
    public var errors: [KillmailLineError] = []
    /// How many lines were unreadable altogether.
    public var errorCount = 0

    public static var maximumErrors: Int { 1_000 }

    /// Reads a whole file, decoding and converting on all cores. Who needs little of a killmail should convert it here: the
    /// killmails of a large file take gigabytes.
    ///
    /// - Parameters:
    ///   - now: the present; killmails from the future are refused.
    ///   - stopAtError: throw the first ``KillmailLineError`` instead of collecting.
    ///   - convert: what to keep of each killmail.
    /// - Throws: ``FileFormatError``, or ``KillmailLineError``.
    public static func readAll(
        path: String, now: Date, stopAtError: Bool = false, cores: Int = 4,
        converting convert: @escaping @Sendable (Killmail) -> Value
    ) async throws -> KillmailLines {
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
                group.addTask { (index, try decode(chunk, with: decoder, stopAtError: stopAtError, convert)) }
            }
            for try await (index, part) in group { parts[index] = part }
            return joined(parts)
        }
    }

    private static func decode(
        _ chunk: LineChunks.Chunk, with decoder: KillmailDecoder, stopAtError: Bool, _ convert: (Killmail) -> Value
    ) throws -> KillmailLines {
        var result = KillmailLines()
        try chunk.forEachLine { bytes, line in
            do throws(KillmailDecodingError) {
                result.values.append(convert(try decoder.decode(bytes)))
            } catch {
                result.note(KillmailLineError(line: line, error: error))
                if stopAtError { throw KillmailLineError(line: line, error: error) }
            }
        }
        return result
    }

    private mutating func note(_ error: KillmailLineError) {
        errorCount += 1
        if errors.count < Self.maximumErrors { errors.append(error) }
    }

    private static func joined(_ parts: [KillmailLines?]) -> KillmailLines {
        var result = KillmailLines()
        result.values.reserveCapacity(parts.reduce(0) { $0 + ($1?.values.count ?? 0) })
        for case let part? in parts {
            result.values += part.values
            result.errors += part.errors.prefix(maximumErrors - result.errors.count)
            result.errorCount += part.errorCount
        }
        return result
    }
}

extension KillmailLines<Killmail> {
    /// Reads a whole file, decoding on all cores; see ``readAll(path:now:stopAtError:cores:converting:)``.
    public static func readAll(path: String, now: Date, stopAtError: Bool = false, cores: Int = 4) async throws -> Self {
        try await readAll(path: path, now: now, stopAtError: stopAtError, cores: cores) { $0 }
    }
}

/// A line that holds no killmail.
public struct KillmailLineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// From 1.
    public var line: Int
    public var error: KillmailDecodingError

    public var description: String { "line \(line): \(error)" }
}
