import Foundation
import KernelAPI

/// `/admin/accounts`: who there is, and blocking.
struct AccountRoutes {
    let accounts: any AccountAdministration
    let cursors: any CursorSigner

    var routes: [Route] { reading + changing }

    private var reading: [Route] {
        [
            .get("/admin/accounts", "Accounts, newest first", policy: .anyFeature(.admin)) { (input: AccountListInput, _) in
                try await list(input)
            },
            .get("/admin/accounts/{id}", "One account", policy: .anyFeature(.admin), problems: [.notFound]) {
                (input: AccountInput, _) in AccountItem(try await accounts.account(input.id))
            },
            .get(
                "/admin/accounts/{id}/access", "What an account may do with each route, and why", policy: .anyFeature(.admin),
                problems: [.notFound]
            ) { (input: AccountInput, _) in
                Listing(try await accounts.access(of: input.id).map { AccessItem(access: $0) })
            },
        ]
    }

    private var changing: [Route] {
        [
            .patch("/admin/accounts/{id}", "Change an account's name", policy: .anyFeature(.admin), problems: [.notFound]) {
                (input: AccountInput, body: RenameBody, request) in
                AccountItem(
                    try await accounts.rename(input.id, to: body.displayName, by: request.account, actor: request.actor))
            },
            .post(
                "/admin/accounts/{id}/block", "Block an account: its sessions end at once", policy: .anyFeature(.admin),
                problems: [.notFound, .conflict]
            ) { (input: AccountInput, body: BlockBody, request) in
                AccountItem(try await accounts.block(input.id, reason: body.reason, by: request.account, actor: request.actor))
            },
            .post("/admin/accounts/{id}/unblock", "Let an account in again", policy: .anyFeature(.admin), problems: [.notFound]) {
                (input: AccountInput, _: NoBody, request) in
                AccountItem(try await accounts.unblock(input.id, by: request.account, actor: request.actor))
            },
            .delete(
                "/admin/accounts/{id}", "Delete an account with its characters and sessions", policy: .superadmin,
                problems: [.notFound, .conflict]
            ) { (input: AccountInput, request) in
                try await accounts.delete(input.id, by: request.account, actor: request.actor)
                return NoContent()
            },
        ]
    }

    private func list(_ input: AccountListInput) async throws -> Page<AccountItem> {
        let position = try input.cursor.map { try AccountPosition(cursor: cursors.open($0, scope: input.scope)) }
        let found = try await accounts.accounts(input.filter, after: position, limit: input.limit + 1)
        let page = found.prefix(input.limit)
        let next = found.count > input.limit ? page.last.map { cursors.seal($0.position.text, scope: input.scope) } : nil
        return Page(items: page.map { AccountItem($0) }, nextCursor: next)
    }
}

/// What `GET /admin/accounts` takes.
struct AccountListInput: RouteInput {
    let filter: AccountFilter
    let limit: Int
    let cursor: String?

    init(_ parameters: inout ParameterReader) {
        let role = parameters.choice("role", of: RoleWord.self)
        let feature = parameters.text("feature", maximumLength: 64)
        filter = AccountFilter(
            query: parameters.text("query", maximumLength: 64), status: parameters.choice("status"),
            feature: feature.map { FeatureKey(rawValue: $0) }, role: role?.role)
        limit = parameters.integer("limit", default: 50, in: 1...100)
        cursor = parameters.text("cursor", maximumLength: 1024)
        if role != nil, feature == nil { parameters.fail("query/role", "role goes with feature: name the feature, too") }
    }

    /// A cursor is good for the same filters only.
    var scope: String {
        let status = filter.status?.rawValue ?? ""
        return "accounts|\(status)|\(filter.feature?.rawValue ?? "")|\(filter.role?.key ?? "")|\(filter.query ?? "")"
    }
}

struct AccountInput: RouteInput {
    let id: UUID
    init(_ parameters: inout ParameterReader) { id = parameters.pathUUID("id") }
}

struct RenameBody: RouteBody {
    let displayName: String
    init(_ body: inout BodyReader) { displayName = body.text("displayName", length: 1...64) }
}

struct BlockBody: RouteBody {
    let reason: String

    init(_ body: inout BodyReader) {
        reason = body.text("reason", length: 1...500)
        if !reason.isEmpty, reason.allSatisfy(\.isWhitespace) { body.fail("reason", "must say why, not only spaces") }
    }
}

extension AccountRecord {
    var position: AccountPosition { AccountPosition(createdAt: createdAt, id: id) }
}

extension AccountPosition {
    /// Microseconds and id, as a cursor carries them.
    var text: String { "\(Int64((createdAt.timeIntervalSince1970 * 1_000_000).rounded())) \(id.uuidString)" }

    init(cursor text: String) throws {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = UUID(uuidString: String(parts[1])) else {
            throw Problem.invalidRequest([.init(pointer: "query/cursor", message: "cursor is of another version: start again")])
        }
        self.init(createdAt: Date(timeIntervalSince1970: Double(microseconds) / 1_000_000), id: id)
    }
}
