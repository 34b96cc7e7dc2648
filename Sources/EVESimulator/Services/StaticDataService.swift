/// The static data export of the invented universe, as CCP publishes its own: single files and a zip archive.
final class StaticDataService: SimulatedService {
    static let buildNumber: Int64 = 3_100_001
    private let members: [(name: String, content: [UInt8])]
    private let archive: [UInt8]

    init(universe: Universe) {
        members = StaticData.members(of: universe, buildNumber: Self.buildNumber)
        archive = ZipArchive.make(members)
    }

    private static let tag = "\"sde-\(buildNumber)\""

    func reply(to request: SimulatedRequest) -> Reply {
        guard request.method == "GET" else { return .page("405 Method Not Allowed", status: 405) }
        // The same with and without the name of the server, so that either base URL works.
        let path = request.path.first == "tranquility" ? Array(request.path.dropFirst()) : request.path
        guard path.count == 1 else { return .page("404 Not Found", status: 404) }
        if request.header("if-none-match") == Self.tag { return Reply(status: 304).with("ETag", Self.tag) }
        let versioned = "eve-online-static-data-\(Self.buildNumber)-jsonl.zip"
        switch path[0] {
        case "latest.jsonl":
            return file(members.first { $0.name == "_sde.jsonl" }?.content ?? [], "application/jsonl")
        case "eve-online-static-data-latest-jsonl.zip":
            return Reply(status: 302).with("Location", "/sde/tranquility/\(versioned)")
        case versioned:
            return file(archive, "application/zip")
        default:
            guard let member = members.first(where: { $0.name == path[0] }) else { return .page("404 Not Found", status: 404) }
            return file(member.content, "application/jsonl")
        }
    }

    private func file(_ content: [UInt8], _ type: String) -> Reply {
        Reply(status: 200, headers: [("Content-Type", type), ("ETag", Self.tag)], body: content)
    }
}
