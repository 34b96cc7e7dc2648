import Foundation
import HTTPTypes
import KernelAPI

/// `/me`: one's own account.
struct MeRoutes: Sendable {
    let identity: IdentityParts
    let cursors: any CursorSigner

    var routes: [Route] { reading + changing + characters + sessions + keys }

    private var reading: [Route] {
        [
            .get("/me", "Who one is and what one may do", policy: .signedIn) { (_: NoInput, request) in
                let principal = try request.account
                let account = try await OwnAccount.read(principal.accountID, in: identity.database)
                let item = MeItem(account: account, features: identity.features.features, imagesURL: identity.imagesURL)
                return WithHeaders(item, try await renewal(of: principal))
            },
            .get("/me/profile", "Oneself with dates, and who looks", policy: .signedIn) { (_: NoInput, request) in
                let principal = try request.account
                var viewer: AccountID?
                if case .viewAs(_, let superAdmin) = principal.credential { viewer = superAdmin }
                return ProfileItem(
                    account: try await OwnAccount.read(principal.accountID, in: identity.database), viewedBy: viewer)
            },
            .get("/me/stream", "Rights, menu and session as they change", policy: .signedIn) { (_: NoInput, request) in
                try identity.stream.stream(for: try request.account)
            },
            .get("/me/audit", "What one did, and what was done to one's account", policy: .signedIn, problems: [.badRequest]) {
                (input: MyAuditInput, request) in
                try await audit(of: request.account.accountID, input)
            },
            .get("/me/export", "Everything that is kept about oneself, as a file", policy: .signedIn) { (_: NoInput, request) in
                WithHeaders(
                    try await MyExport.read(request.account, identity),
                    [.contentDisposition: #"attachment; filename="battlescope-account.json""#])
            },
        ]
    }

    /// The session goes on under a new token after the account's rights rose.
    private func renewal(of principal: Principal) async throws -> HTTPFields {
        guard case .session(let id) = principal.credential else { return [:] }
        guard try await identity.database.query(Self.selectRenews, id).first?.decode(0, as: Bool.self) ?? false else {
            return [:]
        }
        let token = try await identity.changes.make("kernel.renew_session", concerning: [principal.accountID]) { transaction in
            try await identity.sessions.renew(id, in: transaction)
        }
        guard let token else { return [:] }
        return [.setCookie: try identity.cookies().set(session: token, for: identity.sessions.lifetime).value]
    }

    private func audit(of account: AccountID, _ input: MyAuditInput) async throws -> Page<MyAuditItem> {
        let scope = "me/audit|\(account)"
        let before = try input.cursor.map { cursor in
            guard let number = Int64(try cursors.open(cursor, scope: scope)) else {
                throw Problem.invalidRequest([
                    .init(pointer: "query/cursor", message: "cursor is of another version: start again")
                ])
            }
            return number
        }
        let log = PostgresAuditLog(database: identity.database)
        let records = try await log.records(concerning: account, before: before, limit: input.limit + 1)
        let page = records.prefix(input.limit)
        return Page(
            items: page.map { MyAuditItem(record: $0, isByMe: $0.actor.accountID == account) },
            nextCursor: records.count > input.limit ? page.last.map { cursors.seal("\($0.number)", scope: scope) } : nil)
    }

    // MARK: The account itself

    private var changing: [Route] {
        [
            .patch("/me", "Change display name or e-mail", policy: .signedIn) { (_: NoInput, body: ProfileBody, request) in
                let principal = try request.account
                try await change(principal.accountID, body, by: request.actor)
                let account = try await OwnAccount.read(principal.accountID, in: identity.database)
                return MeItem(account: account, features: identity.features.features, imagesURL: identity.imagesURL)
            },
            .delete("/me", "Delete one's account and everything kept about it", policy: .signedIn, problems: [.conflict]) {
                (_: NoInput, request) in
                try await delete(try request.account.accountID, by: request.actor)
                return WithHeaders(NoContent(), [.setCookie: try identity.cookies().clearedSession.value])
            },
        ]
    }

    private func change(_ account: AccountID, _ body: ProfileBody, by actor: AuditActor) async throws {
        guard body.displayName != nil || body.email != nil else { return }
        try await identity.changes.make("kernel.change_profile", concerning: [account]) { transaction in
            let old = try await OwnAccount.read(account, in: transaction)
            let isNew =
                body.displayName.map { $0 != old.rights.displayName } ?? false || body.email.map { $0 != old.email } ?? false
            guard isNew else { return }
            if let name = body.displayName { try await transaction.query(AccountManager.rename, account, name) }
            if let email = body.email { try await transaction.query(Self.setEmail, account, email) }
            // The log outlives the account, so an address does not go into it.
            let document = AuditEntry.document { json in
                if let name = body.displayName { json.field("displayName", name) }
                if body.email != nil { json.field("emailChanged", true) }
            }
            try await identity.audit.record(
                AuditEntry(
                    .settingsUpdated, account: account, by: actor,
                    from: AuditEntry.document { $0.field("displayName", old.rights.displayName) }, to: document), in: transaction)
        }
    }

    private func delete(_ id: AccountID, by actor: AuditActor) async throws {
        let tokens = try await identity.changes.make("kernel.delete_own_account", concerning: [id]) { transaction in
            try await transaction.query(Self.lock, id)
            guard let rights = try await AccountRights.of(id, in: transaction) else { throw Problem.notSignedIn }
            let tokens = try await identity.ownCharacters.tokens(of: id, in: transaction)
            try await identity.accounts.delete(rights, by: actor, in: transaction)
            return tokens
        }
        for token in tokens { await identity.ownCharacters.revoke(token.token, of: token.eveID) }
    }

    // MARK: Characters

    private var characters: [Route] {
        [
            .post(
                "/me/characters/link/start", "Begin to add a character: where to send the browser", policy: .signedIn,
                problems: [.serviceUnavailable]
            ) { (_: NoInput, body: LinkBody, request) in
                let departure = try await identity.flow.start(.link(try request.account.accountID), wanted: body.wanted)
                return WithHeaders(RedirectItem(url: departure.url), [.setCookie: departure.cookie.value])
            },
            .post(
                "/me/characters/{id}/set-primary", "Let another character stand for the account", policy: .signedIn,
                problems: [.notFound, .forbidden]
            ) { (input: OwnedInput, _: NoBody, request) in
                let account = try request.account.accountID
                try await identity.ownCharacters.setPrimary(input.id, of: account, by: request.actor)
                return try await listing(of: account)
            },
            .delete(
                "/me/characters/{id}", "Take a character out of the account", policy: .signedIn, problems: [.notFound, .conflict]
            ) { (input: OwnedInput, request) in
                let account = try request.account.accountID
                try await identity.ownCharacters.remove(input.id, of: account, by: request.actor)
                return try await listing(of: account)
            },
        ]
    }

    private func listing(of account: AccountID) async throws -> Listing<MyCharacter> {
        let account = try await OwnAccount.read(account, in: identity.database)
        return Listing(account.characters.map { MyCharacter(details: $0, imagesURL: identity.imagesURL) })
    }

    // MARK: Sessions and keys

    private var sessions: [Route] {
        [
            .get("/me/sessions", "Where one is logged in", policy: .signedIn) { (_: NoInput, request) in
                let principal = try request.account
                return Listing(try await identity.sessionList(of: principal).map { SessionItem(session: $0) })
            },
            .delete("/me/sessions/{id}", "Log out somewhere else", policy: .signedIn, problems: [.notFound]) {
                (input: OwnedInput, request) in
                let account = try request.account.accountID
                try await identity.changes.make("kernel.end_own_session", concerning: [account]) { transaction in
                    guard try await identity.sessions.end(input.id, of: account, in: transaction) else {
                        throw Problem.notFound("Your account has no such session.")
                    }
                    try await identity.audit.record(
                        AuditEntry(.sessionInvalidated, account: account, by: request.actor), in: transaction)
                }
                return NoContent()
            },
        ]
    }

    private var keys: [Route] {
        [
            .get("/me/api-keys", "The keys of one's programs", policy: .signedIn) { (_: NoInput, request) in
                Listing(
                    try await identity.apiKeys.list(of: request.account.accountID, in: identity.database).map { KeyItem(key: $0) }
                )
            },
            .post("/me/api-keys", "Make a key for a program; it is shown once", policy: .signedIn, problems: [.conflict]) {
                (_: NoInput, body: NewKeyBody, request) in
                try await makeKey(body, request)
            },
            .delete("/me/api-keys/{id}", "Revoke a key", policy: .signedIn, problems: [.notFound]) {
                (input: OwnedInput, request) in
                let account = try request.account.accountID
                try await identity.changes.make("kernel.revoke_own_key", concerning: [account]) { transaction in
                    guard let name = try await identity.apiKeys.revoke(input.id, of: account, in: transaction) else {
                        throw Problem.notFound("Your account has no such API key.")
                    }
                    let document = AuditEntry.document { $0.field("name", name) }
                    try await identity.audit.record(
                        AuditEntry(.keyRevoked, account: account, by: request.actor, from: document), in: transaction)
                }
                return NoContent()
            },
        ]
    }

    private func makeKey(_ body: NewKeyBody, _ request: Request) async throws -> Created<NewKeyItem> {
        let account = try request.account.accountID
        let strangers = body.features.filter { identity.features.feature(FeatureKey(rawValue: $0)) == nil }
        guard strangers.isEmpty else {
            let keys = identity.features.keyList
            throw Problem.invalidRequest(
                strangers.map { .init(pointer: "body/features", message: "\($0) is not a feature; there are: \(keys)") })
        }
        let (key, listed) = try await identity.changes.make("kernel.make_api_key", concerning: [account]) { transaction in
            let made = try await identity.apiKeys.make(
                account, name: body.name, features: body.features, days: body.days, in: transaction)
            let document = AuditEntry.document { json in
                json.field("name", body.name)
                json.array("features", body.features) { $0.value($1) }
                json.field("expiresAt", made.listed.expiresAt)
            }
            try await identity.audit.record(
                AuditEntry(.keyCreated, account: account, by: request.actor, to: document), in: transaction)
            return made
        }
        return Created(NewKeyItem(key: listed, secret: key))
    }

    private static let selectRenews = Statement(
        "kernel.select_session_renews", "SELECT renews FROM kernel.session WHERE id = $1")
    private static let setEmail = Statement("kernel.set_email", "UPDATE kernel.account SET email = $2 WHERE id = $1")
    private static let lock = Statement("kernel.lock_deleted_account", "SELECT id FROM kernel.account WHERE id = $1 FOR UPDATE")
}
