import KernelAPI
import KernelPostgres
import KernelRuntime

/// The part of ``PluginContract`` that is about schemas.
struct MigrationContract {
    let plugin: PluginName
    /// All plugins, this one included.
    let strangers: [PluginName]

    /// What the texts themselves tell.
    func textComplaints(_ migrations: [Migration]) throws -> [String] {
        var found: [String] = []
        let names = migrations.map(\.name)
        if names != names.sorted() || Set(names).count != names.count {
            found.append("\(plugin)'s migrations are not in the order of their names, or one name is there twice.")
        }
        for migration in migrations {
            if migration.name.wholeMatch(of: /m[0-9]{4}_[a-z0-9_]+/) == nil {
                found.append("\(plugin)/\(migration.name): a migration is named like m0001_what_it_makes.")
            }
            for schema in strangers.filter({ $0 != plugin }).map(\.identifier) + ["kernel"]
            where migration.sql.contains(try Regex("\\b\(schema)\\.")) {
                found.append("\(plugin)/\(migration.name) mentions the schema \(schema), which is not its own.")
            }
        }
        return found
    }

    /// What the database says after the migrations.
    static func schemaComplaints(of plugin: LoadedPlugin, before required: [LoadedPlugin]) async throws -> [String] {
        let url = try await PostgresFixture.shared.database()
        let logger = TestKernel.silent
        let database = PostgresDatabase(configuration: try PostgresConfiguration(url: url), logger: logger)
        let result: Result<[String], any Error>
        do {
            try await Migrator(plugins: required, logger: logger).migrate(database)
            let known = try await objects(database)
            let migrator = Migrator(plugins: required + [plugin], logger: logger)
            var found: [String] = []
            let expected = plugin.contributions.migrations.map { "\(plugin.name)/\($0.name)" }
            let applied = try await migrator.migrate(database)
            if applied != expected { found.append("an empty database got \(applied) instead of \(expected).") }
            let repeated = try await migrator.migrate(database)
            if !repeated.isEmpty { found.append("migrating twice applied \(repeated) again.") }
            for object in try await objects(database).subtracting(known).sorted(by: { $0.name < $1.name }) {
                let isContract = object.schema == "contract" && object.kind == "v"
                if object.schema != plugin.name.identifier && !isContract {
                    found.append("\(plugin.name) makes \(object.schema).\(object.name), outside of its own schema.")
                }
            }
            result = .success(found)
        } catch {
            result = .failure(error)
        }
        await database.close()
        return try result.get()
    }

    private struct Object: Hashable {
        let schema: String
        let name: String
        /// `v` for a view; tables, indexes, types and functions have other letters.
        let kind: String
    }

    private static func objects(_ database: PostgresDatabase) async throws -> Set<Object> {
        Set(
            try await database.query(selectObjects).map { row in
                var columns = row.columns
                return Object(schema: try columns.next(), name: try columns.next(), kind: try columns.next())
            })
    }

    /// A view's row type comes with the view, an array type with its type.
    private static let selectObjects = Statement(
        "test.select_objects",
        """
        SELECT n.nspname::text, o.name::text, o.kind FROM (
            SELECT relnamespace AS namespace, relname AS name, relkind::text AS kind FROM pg_class
            UNION ALL SELECT pronamespace, proname, 'function' FROM pg_proc
            UNION ALL SELECT typnamespace, typname, 'type' FROM pg_type WHERE typtype IN ('e', 'd', 'r')) o
        JOIN pg_namespace n ON n.oid = o.namespace
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
        """)
}
