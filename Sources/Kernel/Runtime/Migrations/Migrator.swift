import Crypto
import Foundation
public import KernelAPI
public import KernelPostgres
public import Logging

/// Brings the database to the schema that this program was built with, plugin by plugin, forward only.
///
/// Each step runs in a transaction of its own together with the row that records it. An advisory lock lets one program
/// at a time do so; the others wait and find nothing left to do.
public struct Migrator: Sendable {
    /// A plugin's steps, in order.
    public struct Group: Sendable {
        public let name: PluginName
        public let migrations: [Migration]
        public init(name: PluginName, migrations: [Migration]) {
            self.name = name
            self.migrations = migrations
        }
    }

    private let groups: [Group]
    private let logger: Logger

    public init(groups: [Group], logger: Logger) {
        self.groups = [Group(name: KernelMigrations.group, migrations: KernelMigrations.all)] + groups
        self.logger = logger
    }

    /// Applies what is missing.
    ///
    /// - Returns: the names of the applied steps, `plugin/step`.
    /// - Throws: ``SchemaMismatch`` when an applied step differs from the program's; ``DatabaseError`` that names the step
    ///   that failed. Steps before it stay, nothing of it does.
    @discardableResult
    public func migrate(_ database: PostgresDatabase) async throws -> [String] {
        // A connection of its own, without the deadline of ordinary statements: an index over millions of rows takes minutes,
        // and so does waiting for another program's.
        var patience = database.configuration
        patience.statementDeadline = nil
        patience.maximumConnections = 1
        let patient = PostgresDatabase(configuration: patience, logger: logger)
        let outcome: Result<[String], any Error>
        do { outcome = .success(try await migrateAlone(patient)) } catch { outcome = .failure(error) }
        await patient.close()
        return try outcome.get()
    }

    /// Applies what is missing while no other program does.
    private func migrateAlone(_ database: PostgresDatabase) async throws -> [String] {
        try await database.withSession { session in
            try await session.query(Self.lock)
            do {
                let applied = try await applyPending(session)
                try await session.query(Self.unlock)
                return applied
            } catch {
                // Best effort: when the connection is gone the server has released the lock already.
                _ = try? await session.query(Self.unlock)
                throw error
            }
        }
    }

    /// The steps that the database lacks; empty when it fits this program.
    ///
    /// - Throws: ``SchemaMismatch`` when it has steps that this program does not know: it belongs to a newer one.
    public func pending(_ database: PostgresDatabase) async throws -> [String] {
        try await database.withSession { session in
            let exists: Bool = try await session.query(Self.exists).scalar()
            let applied = exists ? try await self.applied(session) : [:]
            return try compare(applied).map { "\($0.group)/\($0.migration.name)" }
        }
    }

    private func applyPending(_ session: PostgresSession) async throws -> [String] {
        try await session.simple("kernel.create_migration_table", sql: Self.bootstrap)
        let steps = try compare(try await applied(session))
        for step in steps {
            logger.info("applying migration", metadata: ["plugin": "\(step.group)", "migration": "\(step.migration.name)"])
            try await apply(step, session)
        }
        return steps.map { "\($0.group)/\($0.migration.name)" }
    }

    private func apply(_ step: Step, _ session: PostgresSession) async throws {
        // Names come from the source code and are plain words (ManifestReader, ContributionRules), so they may stand in SQL.
        let schema = "\"\(step.group.identifier)\""
        let sql = """
            BEGIN;
            CREATE SCHEMA IF NOT EXISTS \(schema);
            SET LOCAL search_path TO \(schema), public;
            \(step.migration.sql)
            ;
            INSERT INTO kernel.migration (plugin, name, digest)
            VALUES ('\(step.group)', '\(step.migration.name)', '\(Self.digest(step.migration))');
            COMMIT;
            """
        do {
            try await session.simple("kernel.apply_migration", sql: sql)
        } catch {
            // Best effort: without a connection the server rolls back by itself, and the first error is the one to tell.
            _ = try? await session.simple("kernel.rollback_migration", sql: "ROLLBACK")
            guard let error = error as? DatabaseError else { throw error }
            throw DatabaseError(
                error.code, "migration \(step.group)/\(step.migration.name) failed and was undone: \(error.message)",
                sqlState: error.sqlState, statement: error.statement, constraint: error.constraint)
        }
    }

    private struct Step {
        let group: PluginName
        let migration: Migration
    }

    private struct Key: Hashable {
        let plugin: String
        let name: String
    }

    private func applied(_ session: PostgresSession) async throws -> [Key: String] {
        var applied: [Key: String] = [:]
        for row in try await session.query(Self.list) {
            var columns = row.columns
            applied[Key(plugin: try columns.next(), name: try columns.next())] = try columns.next(String.self)
        }
        return applied
    }

    /// The steps still to be applied, after checking the applied ones against the program.
    private func compare(_ applied: [Key: String]) throws -> [Step] {
        var unknown = applied
        var pending: [Step] = []
        for group in groups {
            for migration in group.migrations {
                let key = Key(plugin: group.name.rawValue, name: migration.name)
                guard let digest = unknown.removeValue(forKey: key) else {
                    pending.append(Step(group: group.name, migration: migration))
                    continue
                }
                if digest != Self.digest(migration) {
                    throw SchemaMismatch(
                        "migration \(group.name)/\(migration.name) was applied with another text than this program has. "
                            + "Run the version that made this database, or restore a backup.")
                }
            }
        }
        let ours = Set(groups.map(\.name.rawValue))
        if let newer = unknown.keys.filter({ ours.contains($0.plugin) }).min(by: { $0.name < $1.name }) {
            throw SchemaMismatch(
                "the database has migration \(newer.plugin)/\(newer.name), which this program does not know: "
                    + "it was made by a newer version. Run that version.")
        }
        return pending
    }

    private static func digest(_ migration: Migration) -> String {
        SHA256.hash(data: Data(migration.sql.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private static let bootstrap = """
        CREATE SCHEMA IF NOT EXISTS kernel;
        CREATE SCHEMA IF NOT EXISTS contract;
        CREATE TABLE IF NOT EXISTS kernel.migration (
            plugin text NOT NULL, name text NOT NULL, digest text NOT NULL, PRIMARY KEY (plugin, name));
        """
    // The number is arbitrary, and the same in every version.
    private static let lock = Statement("kernel.lock_migrations", "SELECT pg_advisory_lock(7355608001)")
    private static let unlock = Statement("kernel.unlock_migrations", "SELECT pg_advisory_unlock(7355608001)")
    private static let exists = Statement(
        "kernel.migration_table_exists", "SELECT to_regclass('kernel.migration') IS NOT NULL")
    private static let list = Statement("kernel.list_migrations", "SELECT plugin, name, digest FROM kernel.migration")
}

/// The database's schema is not the one of this program.
public struct SchemaMismatch: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

extension Migrator {
    /// All plugins' migrations, in the order in which the plugins start.
    public init(plugins: [LoadedPlugin], logger: Logger) {
        self.init(
            groups: plugins.map { Group(name: $0.name, migrations: $0.contributions.migrations) }.filter {
                !$0.migrations.isEmpty
            },
            logger: logger)
    }
}
