import Admin
import Foundation
import KernelAPI
import KernelRuntime
import KernelTesting
import Testing

/// The plugin beside two that it administrates, with people who have logged in.
struct AdminBench: Sendable {
    let kernel: TestKernel
    let directory: ScriptedDirectory
    let superAdmin: Person
    /// Admin of fleets, nothing on wars.
    let admin: Person
    /// No rights at all.
    let pilot: Person

    static func run(_ body: @Sendable (AdminBench) async throws -> Void) async throws {
        let directory = ScriptedDirectory()
        var identity = IdentityConfiguration()
        identity.directory = directory
        let file = ShippedManifests.directory + "/90-admin.yaml"
        let manifests = try ManifestSet(documents: [
            (file: "10-fleets.yaml", yaml: FleetsPlugin.manifest), (file: "20-wars.yaml", yaml: WarsPlugin.manifest),
            (file: file, yaml: try String(contentsOfFile: file, encoding: .utf8)),
        ])
        try await TestKernel.run(
            [FleetsPlugin.self, WarsPlugin.self, AdminPlugin.self], manifests: manifests, identity: identity
        ) { kernel in
            let bench = AdminBench(
                kernel: kernel, directory: directory,
                superAdmin: try await kernel.person("Superadmin", isSuperAdmin: true),
                admin: try await kernel.person("Fleet admin", roles: ["fleets": .admin]),
                pilot: try await kernel.person("Pilot"))
            try await body(bench)
        }
    }

    // MARK: Looking

    /// `action target` of the audit log's rows, the oldest first.
    func audit() async throws -> [String] {
        try await kernel.database.query(Self.selectAudit).map { try $0.decode(0) }
    }

    /// Every row of the tables that admins change, as text: two that are equal mean that nothing happened between them.
    func everything() async throws -> [String] {
        try await kernel.database.query(Self.selectEverything).map { try $0.decode(0) }
    }

    /// The roles that the database has for an account: `fleets 40`.
    func roles(of person: Person) async throws -> [String] {
        try await kernel.database.query(Self.selectRoles, person.account).map { try $0.decode(0) }
    }

    static let tables = ["account", "character", "feature_role", "session", "auth_config", "feature", "job", "job_run"]

    private static let selectAudit = Statement(
        "test.select_audit", "SELECT action || ' ' || target FROM kernel.audit_log ORDER BY number")
    private static let selectRoles = Statement(
        "test.select_roles", "SELECT feature || ' ' || rank FROM kernel.feature_role WHERE account = $1 ORDER BY feature")
    private static let selectEverything = Statement(
        "test.select_everything",
        """
        SELECT row FROM (
            SELECT 'account ' || t::text FROM kernel.account t UNION ALL SELECT 'character ' || t::text FROM kernel.character t
            UNION ALL SELECT 'role ' || t::text FROM kernel.feature_role t
            UNION ALL SELECT 'session ' || t::text FROM kernel.session t
            UNION ALL SELECT 'gate ' || t::text FROM kernel.auth_config t
            UNION ALL SELECT 'feature ' || t::text FROM kernel.feature t UNION ALL SELECT 'job ' || t::text FROM kernel.job t
            UNION ALL SELECT 'run ' || t::text FROM kernel.job_run t
            UNION ALL SELECT 'audit ' || t::text FROM kernel.audit_log t) everything (row)
        ORDER BY row COLLATE "C"
        """)
}

extension Person {
    /// The path of this account below `/admin/accounts`.
    var path: String { "/admin/accounts/\(account.uuidString.lowercased())" }
}
