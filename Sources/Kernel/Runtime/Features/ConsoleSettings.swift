public import KernelAPI

/// What admins set in the admin console, for programs that only look.
public enum ConsoleSettings {
    /// By plugin and key; empty when no server has run on the database yet.
    public static func all(in database: any Database) async throws -> [PluginName: [String: String]] {
        do {
            return try await FeatureRow.all(database).mapValues(\.settings)
        } catch let error as DatabaseError where error.sqlState == "42P01" {
            return [:]
        }
    }
}
