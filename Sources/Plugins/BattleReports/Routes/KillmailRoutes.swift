import EVE
import KernelAPI

/// `GET /killmails/recent`: what died last.
struct KillmailRoutes {
    let host: PluginHost

    var routes: [Route] {
        let database = host.database
        return [
            .get("/killmails/recent", "The latest killmails, newest first", policy: .feature("battle-reports", .user)) {
                (input: RecentKillmailsInput, _) in
                let query = input.query
                return Listing(
                    try await database.query(query.statement, bindings: query.bindings).map { try KillmailItem($0) })
            }
        ]
    }
}

/// What `GET /killmails/recent` takes.
struct RecentKillmailsInput: RouteInput {
    let spaceTypes: [SpaceType]
    let securityTypes: [SecurityType]
    let limit: Int

    init(_ parameters: inout ParameterReader) {
        spaceTypes = parameters.choices("space_type")
        securityTypes = parameters.choices("security_type")
        limit = parameters.integer("limit", default: 50, in: 1...100)
    }

    var query: BoundStatement {
        // The kinds of space that fit both filters; all of them, unknown ones included, when neither is given.
        let fitting = SecurityType.allCases.filter { type in
            (securityTypes.isEmpty || securityTypes.contains(type))
                && (spaceTypes.isEmpty || type.spaceType.map { spaceTypes.contains($0) } ?? false)
        }
        let unfiltered = spaceTypes.isEmpty && securityTypes.isEmpty
        let statement = Statement(
            "battle_reports.list_recent_killmails",
            fragments: [
                """
                WITH member AS (
                    SELECT r.killmail_id, b.battle_id
                    FROM (SELECT killmail_id, occurred_at FROM contract.recent_killmail
                """,
                unfiltered ? "WHERE $1::text[] IS NOT NULL" : "WHERE security_type = ANY ($1::text[])",
                """
                          ORDER BY occurred_at DESC, killmail_id DESC LIMIT $2) r
                    LEFT JOIN battle_reports.battle_killmails b USING (killmail_id))
                """,
                KillmailItem.select, "ORDER BY k.occurred_at DESC, k.killmail_id DESC",
            ])
        return BoundStatement(statement, fitting.map(\.rawValue), limit)
    }
}
