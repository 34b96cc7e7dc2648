public import KernelAPI

/// Accounts, roles, switches, jobs and the audit log over HTTP.
///
/// It holds no rules and no tables: the kernel's administration contracts judge, change and audit; this gives them routes.
public struct AdminPlugin: Plugin {
    public static let name: PluginName = "admin"

    public let contributions: Contributions

    public init(configuration: NoConfiguration, host: PluginHost) throws {
        let accounts = try host.contract((any AccountAdministration).self)
        let features = try host.contract((any FeatureAdministration).self)
        contributions = Contributions(
            routes: AccountRoutes(accounts: accounts, cursors: host.cursors).routes
                + RoleRoutes(accounts: accounts, features: features).routes
                + ViewAsRoutes(accounts: accounts).routes
                + FeatureRoutes(features: features).routes
                + GateRoutes(gate: try host.contract((any OrganisationGateAdministration).self)).routes
                + JobRoutes(jobs: try host.contract((any JobAdministration).self)).routes
                + AuditRoutes(log: try host.contract((any AuditLog).self), cursors: host.cursors).routes,
            menu: [
                MenuEntry("Accounts", path: "/admin/accounts", policy: .anyFeature(.admin)),
                MenuEntry("Features", path: "/admin/features", policy: .anyFeature(.admin)),
                MenuEntry("System", path: "/admin/plugins", policy: .superadmin),
            ])
    }
}
