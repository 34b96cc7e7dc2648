/// A zip archive in memory: deflated members, no encryption, no 64-bit extensions (members under 4 GB).
enum ZipArchive {
    static func make(_ members: [(name: String, content: [UInt8])]) -> [UInt8] {
        var output: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in members {
            let packed = Gzip.deflate(content)
            let offset = output.count
            var common: [UInt8] = []
            // Version 2.0, names in UTF-8, deflate, midnight of 2026-11-17.
            for value in [20, 0x0800, 8, 0, 0x5D71] { common += little(value, 2) }
            common += little(Int(Gzip.checksum(content)), 4) + little(packed.count, 4) + little(content.count, 4)
            common += little(name.utf8.count, 2) + little(0, 2)
            output += little(0x0403_4B50, 4) + common + Array(name.utf8) + packed
            directory += little(0x0201_4B50, 4) + little(20, 2) + common
            directory += little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(offset, 4) + Array(name.utf8)
        }
        let start = output.count
        output += directory
        output += little(0x0605_4B50, 4) + little(0, 4) + little(members.count, 2) + little(members.count, 2)
        return output + little(directory.count, 4) + little(start, 4) + little(0, 2)
    }

    private static func little(_ value: Int, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
