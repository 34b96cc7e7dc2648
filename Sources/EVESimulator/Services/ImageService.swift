/// Logos, portraits and icons: a pattern of five by five squares, the same for the same id.
///
/// The real server sends portraits as JPEG; here all are PNG.
final class ImageService: SimulatedService {
    private static let kinds: Set<String> = ["logo", "portrait", "icon", "render", "bp", "bpc", "relic"]

    func reply(to request: SimulatedRequest) -> Reply {
        let sizes = [32, 64, 128, 256, 512, 1024]
        guard request.method == "GET", request.path.count == 3,
            ["alliances", "corporations", "characters", "types"].contains(request.path[0]), let id = Int64(request.path[1]),
            Self.kinds.contains(request.path[2])
        else { return .page("404 Not Found", status: 404) }
        guard let size = Int(request.query["size"] ?? "64"), sizes.contains(size) else {
            return .page("400 Bad Request: size is one of \(sizes)", status: 400)
        }
        let body = Self.png(id: id, size: size)
        return Reply(
            status: 200, headers: [("Content-Type", "image/png"), ("Cache-Control", "public, max-age=86400")], body: body)
    }

    private static func png(id: Int64, size: Int) -> [UInt8] {
        var random = SimulatorRandom(seed: UInt64(bitPattern: id), stream: 30)
        let colour = (0..<3).map { _ in UInt8(random.int(70...230)) }
        let half = (0..<15).map { _ in random.chance(0.5) }
        var rows: [UInt8] = []
        for y in 0..<size {
            rows.append(0)
            var bits: UInt8 = 0
            for x in 0..<size {
                let (column, row) = (x * 5 / size, y * 5 / size)
                // Mirrored at the middle column.
                let isSet = half[row * 3 + min(column, 4 - column)]
                bits = bits << 1 | (isSet ? 1 : 0)
                if x % 8 == 7 { rows.append(bits) }
            }
        }
        // One bit a pixel, with a palette of two.
        let header = big(size) + big(size) + [1, 3, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("PLTE", [24, 27, 34] + colour)
            + chunk("IDAT", Gzip.zlib(rows)) + chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let named = Array(name.utf8) + content
        return big(content.count) + named + big(Int(Gzip.checksum(named)))
    }

    private static func big(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
