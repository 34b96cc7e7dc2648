#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Reads EVE's static data export in batches: a folder with its files, the zip archive as published, or a single file.
///
/// Files are `mapRegions`, `mapConstellations`, `mapSolarSystems`, `groups` and `types`, each `.jsonl` or `.jsonl.gz`;
/// others are ignored. Memory stays bounded by the batch. Use it from one task.
public struct StaticDataReader {
    /// Which build of the game the data is of, where the export says so.
    public private(set) var buildNumber: Int64?
    /// Lines that had no id or no name.
    public private(set) var skippedLines = 0

    private enum Source {
        case file(path: String)
        case member(ZipArchive.Member, ZipArchive)

        func open() throws(FileFormatError) -> ByteReader {
            switch self {
            case .file(let path): try ByteReader(path: path)
            case .member(let member, let archive): try archive.open(member)
            }
        }
    }

    private var sources: [(table: StaticTable, source: Source)]
    private var chunks: LineChunks?
    private var current: StaticTable?
    private var pending: ArraySlice<StaticRecord> = []

    public init(path: String) throws(FileFormatError) {
        var found: [String: Source] = [:]
        if let names = Self.namesInFolder(path) {
            for name in names { found[Self.table(name)] = .file(path: "\(path)/\(name)") }
        } else {
            let file = try FileDescriptor(path: path)
            if ZipArchive.isArchive(try file.read(at: 0, count: 4)) {
                let archive = try ZipArchive(file)
                for member in archive.members { found[Self.table(member.name)] = .member(member, archive) }
            } else {
                found[Self.table(path)] = .file(path: path)
            }
        }
        sources = StaticTable.allCases.compactMap { table in found[table.rawValue].map { (table, $0) } }
        guard !sources.isEmpty else { throw FileFormatError(.missingMember, "\(path) holds no file of the static data export") }
        if let build = found["_sde"] { buildNumber = try Self.buildNumber(in: build) }
    }

    /// The next records, all of one table, at most `maximum`; `nil` at the end.
    public mutating func next(maximum: Int = 1_000) throws(FileFormatError) -> [StaticRecord]? {
        while pending.isEmpty {
            guard try readChunk() else { return nil }
        }
        let batch = Array(pending.prefix(max(1, maximum)))
        pending = pending.dropFirst(batch.count)
        return batch
    }

    /// Everything at once: small enough for a map, some 60,000 records.
    public static func map(path: String) throws(FileFormatError) -> UniverseMap {
        var reader = try StaticDataReader(path: path)
        var map = UniverseMap()
        while let batch = try reader.next() {
            for record in batch { map.insert(record) }
        }
        return map
    }

    private mutating func readChunk() throws(FileFormatError) -> Bool {
        if let table = current, let chunk = try chunks?.next() {
            pending = try parse(chunk, of: table)[...]
            return true
        }
        guard !sources.isEmpty else { return false }
        let (table, source) = sources.removeFirst()
        current = table
        chunks = LineChunks(try source.open(), chunkSize: 256 * 1024)
        return true
    }

    private mutating func parse(_ chunk: LineChunks.Chunk, of table: StaticTable) throws(FileFormatError) -> [StaticRecord] {
        var records: [StaticRecord] = []
        var skipped = 0
        do {
            try chunk.forEachLine { bytes, line in
                do throws(JSONSyntaxError) {
                    if let record = try StaticRecord(bytes, of: table) { records.append(record) } else { skipped += 1 }
                } catch {
                    throw FileFormatError(.malformed, "\(table.rawValue), line \(line): \(error)")
                }
            }
        } catch {
            throw error as? FileFormatError ?? FileFormatError(.malformed, "\(table.rawValue) is unreadable")
        }
        skippedLines += skipped
        return records
    }

    private static func buildNumber(in source: Source) throws(FileFormatError) -> Int64? {
        var chunks = LineChunks(try source.open(), chunkSize: 4096)
        guard let chunk = try chunks.next() else { return nil }
        return chunk.bytes.withUnsafeBytes { bytes in
            (try? StaticLine(UnsafeRawBufferPointer(rebasing: bytes.prefix { $0 != 0x0A })))?.buildNumber
        }
    }

    /// `a/b/types.jsonl.gz` is of the table `types`.
    private static func table(_ path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return String(name.prefix { $0 != "." })
    }

    /// Names of the export's files in a folder; `nil` if it is none.
    private static func namesInFolder(_ path: String) -> [String]? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".jsonl") || name.hasSuffix(".jsonl.gz") { names.append(name) }
        }
        return names.sorted()
    }
}
