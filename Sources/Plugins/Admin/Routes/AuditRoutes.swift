import Foundation
import KernelAPI

/// `/admin/audit-logs`: who changed what.
struct AuditRoutes {
    let log: any AuditLog
    let cursors: any CursorSigner

    /// An export reads page by page, and ends there.
    static let longestExport = 50_000
    static let exportPage = 1_000

    var routes: [Route] {
        [
            .get("/admin/audit-logs", "Who changed what, newest first", policy: .superadmin) { (input: AuditListInput, _) in
                try await list(input)
            },
            .get("/admin/audit-logs/export", "The same as a file, at most 50,000 lines", policy: .superadmin) {
                (input: AuditExportInput, _) in
                let records = try await everything(input.filter)
                return export(records, as: input.format)
            },
        ]
    }

    private func list(_ input: AuditListInput) async throws -> Page<AuditItem> {
        let before = try input.cursor.map { cursor in
            guard let number = Int64(try cursors.open(cursor, scope: input.scope)) else {
                throw Problem.invalidRequest([
                    .init(pointer: "query/cursor", message: "cursor is of another version: start again")
                ])
            }
            return number
        }
        let found = try await log.records(input.filter, before: before, limit: input.limit + 1)
        let page = found.prefix(input.limit)
        let next = found.count > input.limit ? page.last.map { cursors.seal(String($0.number), scope: input.scope) } : nil
        return Page(items: page.map { AuditItem(record: $0) }, nextCursor: next)
    }

    private func export(_ records: [AuditRecord], as format: AuditExportInput.Format) -> OneOf<Document<JSONFile>, Document<CSV>>
    {
        switch format {
        case .json: .first(AuditExport.json(records))
        case .csv: .second(AuditExport.csv(records))
        }
    }

    private func everything(_ filter: AuditFilter) async throws -> [AuditRecord] {
        var records: [AuditRecord] = []
        while records.count < Self.longestExport {
            let page = try await log.records(filter, before: records.last?.number, limit: Self.exportPage)
            records += page
            if page.count < Self.exportPage { break }
        }
        return records
    }
}

extension AuditFilter {
    init(reading parameters: inout ParameterReader) {
        self.init()
        actorID = parameters.uuid("actor_id")
        action = parameters.text("action", maximumLength: 100).map { AuditAction(rawValue: $0) }
        target = parameters.text("target", maximumLength: 200)
        from = parameters.time("from")
        to = parameters.time("to")
        if let from, let to, from > to { parameters.fail("query/from", "from must not be later than to") }
    }

    /// The filters as text: a cursor is good for the same filters only.
    var scope: String {
        "audit|\(actorID?.uuidString ?? "")|\(action?.rawValue ?? "")|\(from?.iso8601 ?? "")|\(to?.iso8601 ?? "")|\(target ?? "")"
    }
}

struct AuditListInput: RouteInput {
    let filter: AuditFilter
    let limit: Int
    let cursor: String?

    init(_ parameters: inout ParameterReader) {
        filter = AuditFilter(reading: &parameters)
        limit = parameters.integer("limit", default: 50, in: 1...100)
        cursor = parameters.text("cursor", maximumLength: 1024)
    }

    var scope: String { filter.scope }
}

struct AuditExportInput: RouteInput {
    enum Format: String, CaseIterable { case json, csv }

    let filter: AuditFilter
    let format: Format

    init(_ parameters: inout ParameterReader) {
        filter = AuditFilter(reading: &parameters)
        format = parameters.choice("format") ?? .json
    }
}

/// One line of the audit log.
struct AuditItem: JSONRepresentable {
    let record: AuditRecord

    static let json = JSONForm<AuditItem>("AuditRecord") { form in
        form.id("number") { $0.record.number }
        form.time("time") { $0.record.time }
        form.uuid("actorId", "null: the program itself, or somebody at its command line") { $0.record.actor.accountID }
        form.text("actorName") { $0.record.actorName }
        form.text("ip") { $0.record.actor.address }
        form.text("userAgent") { $0.record.actor.userAgent }
        form.text("action") { $0.record.action.rawValue }
        form.text("target") { $0.record.target }
        form.document("oldValue") { $0.record.oldValue }
        form.document("newValue") { $0.record.newValue }
    }
}
