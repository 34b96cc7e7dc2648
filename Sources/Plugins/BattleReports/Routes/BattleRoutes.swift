import EVE
import Foundation
import KernelAPI

/// `GET /battles` and `GET /battles/{id}`.
struct BattleRoutes {
    let host: PluginHost

    var routes: [Route] {
        let (database, cursors) = (host.database, host.cursors)
        return [
            .get("/battles", "Battles, newest first", policy: .feature("battle-reports", .user)) { (input: BattleListInput, _) in
                try await Self.list(input, database, cursors)
            },
            .get(
                "/battles/{id}", "One battle with its killmails and participants", policy: .feature("battle-reports", .user),
                problems: [.notFound]
            ) { (input: BattleInput, _) in
                try await Self.battle(input.id, database)
            },
        ]
    }

    private static func list(
        _ input: BattleListInput, _ database: any Database, _ cursors: any CursorSigner
    ) async throws -> Page<BattleItem> {
        let position = try input.cursor.map { cursor in
            guard let position = BattlePosition(try cursors.open(cursor, scope: input.scope)) else {
                throw Problem.invalidRequest([
                    .init(pointer: "query/cursor", message: "cursor is of another version: start again")
                ])
            }
            return position
        }
        let query = input.query(after: position)
        let rows = try await database.query(query.statement, bindings: query.bindings).map { try BattleItem($0) }
        var items = Array(rows.prefix(input.limit))
        let next = rows.count > input.limit ? items.last.map { cursors.seal($0.position.text, scope: input.scope) } : nil
        if !items.isEmpty {
            let alliances = try await MainAlliance.load(items.map(\.id), in: database)
            for index in items.indices { items[index].mainAlliances = alliances[items[index].id] ?? [] }
        }
        return Page(items: items, nextCursor: next)
    }

    private static func battle(_ id: UUID, _ database: any Database) async throws -> OrRedirect<BattleDetail> {
        if let detail = try await BattleDetail.load(id, in: database) { return .value(detail) }
        // An id that was merged away leads to the battle that took it in.
        if let target: UUID = try await database.query(selectRedirect, id).first?.decode(0) {
            return .moved(to: "/battles/\(target.uuidString.lowercased())")
        }
        throw Problem.notFound("There is no battle \(id.uuidString.lowercased()).")
    }

    private static let selectRedirect = Statement(
        "battle_reports.select_redirect", "SELECT target FROM battle_reports.battle_redirect WHERE id = $1")
}

/// What `GET /battles/{id}` takes.
struct BattleInput: RouteInput {
    let id: UUID

    init(_ parameters: inout ParameterReader) { id = parameters.pathUUID("id") }
}
