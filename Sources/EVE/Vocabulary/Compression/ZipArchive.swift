/// Reads members of a zip archive one after the other, in bounded memory. Stored and deflated members, no encryption; no
/// archive of 4 GB or more (zip64), which the static data export is far from.
struct ZipArchive {
    struct Member {
        var name: String
        fileprivate var isDeflated: Bool
        fileprivate var compressedSize: Int
        fileprivate var headerOffset: Int
    }

    let members: [Member]
    private let file: FileDescriptor

    /// An archive has at most this many members here; the static data export has 79.
    static let maximumMembers = 10_000

    static func isArchive(_ start: some Collection<UInt8>) -> Bool { start.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

    init(_ file: FileDescriptor) throws(FileFormatError) {
        self.file = file
        let end = try Self.endRecord(file)
        let directory = try file.read(at: end.directoryOffset, count: end.directorySize)
        var members: [Member] = []
        var position = 0
        for _ in 0..<end.count {
            let header = Record(bytes: directory, start: position)
            guard header.has(46), header.long(0) == 0x0201_4B50 else { throw Self.damaged }
            let (nameLength, extra, comment) = (header.short(28), header.short(30), header.short(32))
            guard header.has(46 + nameLength) else { throw Self.damaged }
            let name = String(decoding: directory[(position + 46)..<(position + 46 + nameLength)], as: UTF8.self)
            let method = header.short(10)
            if method == 0 || method == 8, header.short(8) & 1 == 0 {
                members.append(
                    Member(
                        name: name, isDeflated: method == 8, compressedSize: header.long(20), headerOffset: header.long(42)))
            }
            position += 46 + nameLength + extra + comment
        }
        self.members = members
    }

    func open(_ member: Member) throws(FileFormatError) -> ByteReader {
        let header = Record(bytes: try file.read(at: member.headerOffset, count: 30), start: 0)
        guard header.has(30), header.long(0) == 0x0403_4B50 else { throw Self.damaged }
        // The local header repeats name and extra field, with lengths of its own.
        let start = member.headerOffset + 30 + header.short(26) + header.short(28)
        guard start + member.compressedSize <= file.size else { throw Self.damaged }
        return try ByteReader(file: file, range: start..<(start + member.compressedSize), compression: member.isDeflated ? .raw : nil)
    }

    private static let damaged = FileFormatError(.notAnArchive, "the zip archive is damaged or of an unknown kind")

    /// The record at the very end, before a comment of at most 65,535 bytes.
    private static func endRecord(
        _ file: FileDescriptor
    ) throws(FileFormatError) -> (count: Int, directorySize: Int, directoryOffset: Int) {
        let length = min(file.size, 22 + 65_535)
        let tail = try file.read(at: file.size - length, count: length)
        guard tail.count >= 22 else { throw damaged }
        for start in stride(from: tail.count - 22, through: 0, by: -1) {
            let record = Record(bytes: tail, start: start)
            guard record.long(0) == 0x0605_4B50 else { continue }
            let (count, size, offset) = (record.short(10), record.long(12), record.long(16))
            guard count <= maximumMembers, offset + size <= file.size else { throw damaged }
            return (count, size, offset)
        }
        throw damaged
    }

    /// Little-endian fields.
    private struct Record {
        var bytes: [UInt8]
        var start: Int

        func has(_ count: Int) -> Bool { start + count <= bytes.count }
        func short(_ offset: Int) -> Int { Int(bytes[start + offset]) | Int(bytes[start + offset + 1]) << 8 }
        func long(_ offset: Int) -> Int { short(offset) | short(offset + 2) << 16 }
    }
}
