/// The servers that can be embedded. The raw value names their files.
enum ServerKind: String, Sendable {
    case postgres
    case redis

    /// In messages.
    var title: String {
        switch self {
        case .postgres: "PostgreSQL"
        case .redis: "Redis"
        }
    }

    /// The setting that names another server instead.
    var variable: String {
        switch self {
        case .postgres: "DATABASE_URL"
        case .redis: "REDIS_URL"
        }
    }
}
