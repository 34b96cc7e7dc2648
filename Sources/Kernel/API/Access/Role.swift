/// What somebody may do with a feature. One role an account and feature; a higher rank includes the lower ones.
public enum Role: Int, Sendable, CaseIterable, Comparable, Hashable {
    /// Looks at it.
    case user = 10
    /// Fleet commander: creates (corrections).
    case fc = 20
    /// Edits anything of it, reads and updates its settings.
    case director = 30
    /// Gives roles on it up to its own rank, switches it on and off, blocks accounts.
    case admin = 40

    /// The number by which roles compare, as the API shows it.
    public var rank: Int { rawValue }

    /// The word for it in the API, in manifests and on the command line.
    public var key: String { "\(self)" }

    /// - Returns: `nil` for a word that is no role.
    public init?(key: String) {
        guard let role = Self.allCases.first(where: { $0.key == key }) else { return nil }
        self = role
    }

    public static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
}
