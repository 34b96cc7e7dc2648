import Foundation
import KernelAPI

/// What admins set for one plugin: a row of `kernel.feature`.
struct FeatureRow: Sendable, Equatable {
    let plugin: PluginName
    var isEnabled = true
    /// Settings of the admin console, by key.
    var settings: [String: String] = [:]
    var switchedAt: Date?
    var version: Int64 = 0

    init(plugin: PluginName) { self.plugin = plugin }

    private init(_ row: Row) throws {
        var columns = row.columns
        plugin = PluginName(rawValue: try columns.next())
        isEnabled = try columns.next()
        settings = try JSONDecoder().decode([String: String].self, from: Data(try columns.next(String.self).utf8))
        switchedAt = try columns.next()
        version = try columns.next()
    }

    /// Every plugin that an admin has ever changed.
    static func all(_ session: some SQLSession) async throws -> [PluginName: FeatureRow] {
        let rows = try await session.query(select).map { try FeatureRow($0) }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.plugin, $0) })
    }

    /// Differs from an earlier answer when anything changed.
    static func version(_ session: some SQLSession) async throws -> Int64 { try await session.query(selectVersion).scalar() }

    /// Lets one change at a time through, so that what it is judged by stays true. Readers go on.
    static func lock(_ transaction: any Transaction) async throws { _ = try await transaction.query(lockTable) }

    func store(at now: Date, by actor: AuditActor, in transaction: any Transaction) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let document = String(decoding: try encoder.encode(settings), as: UTF8.self)
        try await transaction.query(
            Self.upsert, plugin.rawValue, isEnabled, document, now, actor.accountID, switchedAt)
    }

    private static let select = Statement(
        "kernel.select_features", "SELECT plugin, is_enabled, settings, switched_at, version FROM kernel.feature")
    private static let selectVersion = Statement(
        "kernel.select_feature_version", "SELECT coalesce(sum(version), 0)::bigint FROM kernel.feature")
    private static let lockTable = Statement("kernel.lock_features", "LOCK TABLE kernel.feature IN SHARE ROW EXCLUSIVE MODE")
    private static let upsert = Statement(
        "kernel.upsert_feature",
        """
        INSERT INTO kernel.feature (plugin, is_enabled, settings, changed_at, changed_by, switched_at, version)
        VALUES ($1, $2, $3::text::jsonb, $4, $5, $6, 1)
        ON CONFLICT (plugin) DO UPDATE SET
            is_enabled = EXCLUDED.is_enabled, settings = EXCLUDED.settings, changed_at = EXCLUDED.changed_at,
            changed_by = EXCLUDED.changed_by, switched_at = EXCLUDED.switched_at, version = feature.version + 1
        """)
}
