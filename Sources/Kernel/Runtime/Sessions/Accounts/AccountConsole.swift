public import Foundation
public import KernelAPI
public import Logging
public import KernelPostgres

/// Accounts from the command line: whoever may connect to the database may do everything, and it is audited as the program's
/// own doing. Running servers hear of it as of any other change.
public struct AccountConsole: Sendable {
    private let database: PostgresDatabase
    private let clock: any WallClock
    private let changes: AccountChanges
    private let manager: AccountManager

    /// - Parameter features: what roles can be given on.
    public init(
        database: PostgresDatabase, features: [LoadedPlugin], logger: Logger, clock: any WallClock = SystemClock()
    ) {
        let directory = FeatureDirectory(
            features.map { plugin in
                .init(plugin: plugin.name, declaration: type(of: plugin.plugin).feature, isEnabled: true, menu: [])
            })
        self.database = database
        self.clock = clock
        changes = AccountChanges(
            database: database, signals: ControlSignals(database: database, logger: logger), cache: CredentialCache())
        manager = AccountManager(
            database: database, clock: clock, changes: changes, audit: PostgresAuditTrail(clock: clock),
            sessions: Sessions(clock: clock, lifetime: .zero), features: directory, mounted: MountedRoutes(),
            cookies: { throw KernelMisuse("the command line has no cookies") })
    }

    /// The newest first, at most as many as given.
    public func accounts(_ filter: AccountFilter, limit: Int) async throws -> [AccountRecord] {
        try await manager.accounts(filter, after: nil, limit: limit)
    }

    /// By EVE character, or by its own id.
    ///
    /// - Throws: ``Problem`` 404.
    public func account(of eveCharacterID: Int64) async throws -> AccountRecord {
        guard let id = try await find(eveCharacterID, in: database) else { throw Self.unknown(eveCharacterID) }
        return try await manager.account(id)
    }

    public func account(_ id: UUID) async throws -> AccountRecord { try await manager.account(id) }

    /// Gives or takes a role. Somebody who has never logged in gets an account in advance, which waits for the character.
    ///
    /// - Throws: ``Problem`` 404 for an unknown feature, and for an unknown character from whom something is to be taken.
    public func setRole(_ role: Role?, on feature: FeatureKey, of eveCharacterID: Int64) async throws -> AccountRecord {
        try await change("kernel.console_role", eveCharacterID, makes: role != nil) { account, transaction in
            guard manager.features.feature(feature) != nil || (role == nil && account.roles[feature] != nil) else {
                throw Problem.notFound("There is no feature \(feature). There are: \(manager.features.keyList).")
            }
            var roles = account.roles
            roles[feature] = role
            try await manager.setRoles(roles, of: account, by: .system, in: transaction)
        }
    }

    /// The same for the right to do everything.
    public func setSuperAdmin(_ isSuperAdmin: Bool, of eveCharacterID: Int64) async throws -> AccountRecord {
        try await change("kernel.console_superadmin", eveCharacterID, makes: isSuperAdmin) { account, transaction in
            try await manager.setSuperAdmin(isSuperAdmin, of: account, by: .system, in: transaction)
        }
    }

    public func block(_ eveCharacterID: Int64, reason: String) async throws -> AccountRecord {
        try await change("kernel.console_block", eveCharacterID, makes: false) { account, transaction in
            guard !account.isSuperAdmin else {
                throw Problem.conflict("is_superadmin", "A superadmin is not blocked. Revoke that first.")
            }
            try await manager.block(account.id, reason: reason, by: .system, in: transaction)
        }
    }

    public func unblock(_ eveCharacterID: Int64) async throws -> AccountRecord {
        try await change("kernel.console_unblock", eveCharacterID, makes: false) { account, transaction in
            try await manager.unblock(account.id, by: .system, in: transaction)
        }
    }

    private func change(
        _ name: StaticString, _ eveCharacterID: Int64, makes: Bool,
        _ body: @Sendable (AccountRights, any Transaction) async throws -> Void
    ) async throws -> AccountRecord {
        let id = try await changes.make(name) { transaction in
            // Nobody logs in with it for the first time meanwhile.
            var known = try await CharacterRow.lock(eveCharacterID, in: transaction)?.account
            if known == nil, makes { known = try await prepare(eveCharacterID, in: transaction) }
            guard let id = known else { throw Self.unknown(eveCharacterID) }
            try await transaction.query(Self.lock, id)
            guard let account = try await AccountRights.of(id, in: transaction) else { throw Self.unknown(eveCharacterID) }
            try await body(account, transaction)
            return Changed(id, accounts: [id])
        }
        return try await manager.account(id)
    }

    /// An account for a character that has not logged in yet.
    private func prepare(_ eveCharacterID: Int64, in transaction: any Transaction) async throws -> AccountID {
        let (account, character) = (UUID(), UUID())
        let name = CharacterWriter.placeholder(eveCharacterID)
        try await transaction.query(CharacterWriter.insertAccount, account, name, clock.now)
        try await transaction.query(Self.insertCharacter, character, eveCharacterID, account, name, clock.now)
        try await transaction.query(CharacterWriter.updatePrimary, account, character)
        return account
    }

    private func find(_ eveCharacterID: Int64, in session: any SQLSession) async throws -> AccountID? {
        try await session.query(Self.select, eveCharacterID).first.map { try $0.decode(0) }
    }

    private static func unknown(_ eveCharacterID: Int64) -> Problem {
        .notFound("No account has the character \(eveCharacterID).")
    }

    private static let select = Statement(
        "kernel.select_account_of_character", "SELECT account FROM kernel.character WHERE eve_character_id = $1")
    private static let lock = Statement(
        "kernel.lock_console_account", "SELECT id FROM kernel.account WHERE id = $1 FOR UPDATE")
    private static let insertCharacter = Statement(
        "kernel.insert_awaited_character",
        "INSERT INTO kernel.character (id, eve_character_id, account, name, linked_at) VALUES ($1, $2, $3, $4, $5)")
}
