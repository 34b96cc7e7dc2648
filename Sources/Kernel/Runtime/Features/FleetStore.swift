public import KernelAPI

/// What all pods say about their plugins: the table `kernel.pod_plugin`.
public struct FleetStore: Sendable {
    private let database: any Database

    public init(database: any Database) { self.database = database }

    /// By plugin and pod. Pods that have said nothing for a minute are marked as gone.
    public func pods() async throws -> [PodPlugin] {
        try await database.query(Self.select).map { row in
            var columns = row.columns
            return PodPlugin(
                pod: try columns.next(), plugin: PluginName(rawValue: try columns.next()), version: try columns.next(),
                configurationHash: try columns.next(), state: PluginState(rawValue: try columns.next()) ?? .failed,
                lastError: try columns.next(), servesRoutes: try columns.next(), workers: try columns.next(),
                startedAt: try columns.next(), seenAt: try columns.next(), isGone: try columns.next())
        }
    }

    /// Replaces what the pod said before, and forgets pods that have been gone for an hour.
    func write(_ reports: [PluginReport], pod: String, version: String) async throws {
        _ = try await database.pipeline([
            BoundStatement(
                Self.upsert, pod, version, reports.map(\.plugin.rawValue), reports.map(\.configurationHash),
                reports.map(\.state.rawValue), reports.map(\.lastError), reports.map(\.servesRoutes),
                reports.map { $0.work.joined(separator: ",") }, reports.map(\.beganAt)),
            BoundStatement(Self.deleteOthers, pod, reports.map(\.plugin.rawValue)),
            BoundStatement(Self.forget, Self.forgottenAtOnce),
        ])
    }

    func withdraw(_ pod: String) async throws { try await database.query(Self.delete, pod) }

    private static let forgottenAtOnce = 1_000

    // seen_at is a lease: all pods' by one clock, the database's.
    private static let select = Statement(
        "kernel.select_fleet",
        """
        SELECT pod, plugin, version, configuration_hash, state, last_error, serves_routes, workers, started_at, seen_at,
               seen_at < now() - interval '1 minute'
        FROM kernel.pod_plugin ORDER BY plugin COLLATE "C", pod COLLATE "C"
        """)
    private static let upsert = Statement(
        "kernel.upsert_pod_plugins",
        """
        INSERT INTO kernel.pod_plugin (
            pod, version, plugin, configuration_hash, state, last_error, serves_routes, workers, started_at, seen_at)
        SELECT $1, $2, plugin, hash, state, last_error, serves_routes, string_to_array(workers, ','), started_at, now()
        FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::text[], $9::timestamptz[])
            AS report (plugin, hash, state, last_error, serves_routes, workers, started_at)
        ON CONFLICT (pod, plugin) DO UPDATE SET
            version = EXCLUDED.version, configuration_hash = EXCLUDED.configuration_hash, state = EXCLUDED.state,
            last_error = EXCLUDED.last_error, serves_routes = EXCLUDED.serves_routes, workers = EXCLUDED.workers,
            started_at = EXCLUDED.started_at, seen_at = EXCLUDED.seen_at
        """)
    private static let deleteOthers = Statement(
        "kernel.delete_pod_plugins", "DELETE FROM kernel.pod_plugin WHERE pod = $1 AND plugin <> ALL ($2::text[])")
    private static let forget = Statement(
        "kernel.forget_pods",
        """
        DELETE FROM kernel.pod_plugin WHERE (pod, plugin) IN (
            SELECT pod, plugin FROM kernel.pod_plugin WHERE seen_at < now() - interval '1 hour' LIMIT $1
            FOR UPDATE SKIP LOCKED)
        """)
    private static let delete = Statement("kernel.delete_pod", "DELETE FROM kernel.pod_plugin WHERE pod = $1")
}
