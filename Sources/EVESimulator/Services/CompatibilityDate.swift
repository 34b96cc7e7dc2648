/// `X-Compatibility-Date`: which edition of ESI a client was written for.
struct CompatibilityDate {
    /// Newest first.
    static let known = [
        "2026-08-18", "2026-08-04", "2026-07-21", "2026-07-17", "2026-06-09", "2026-05-19", "2025-12-16", "2025-11-06",
        "2025-09-30", "2025-09-26", "2025-08-26", "2025-04-02", "2025-04-01", "2020-01-01",
    ]

    let requested: String?

    /// The edition that answers: the newest that is not after the requested date, the oldest without one. `nil` for what
    /// is no date or lies in the future; ESI's day begins at 11:00 UTC.
    func echo(at now: Int64) -> String? {
        guard let requested else { return Self.known.last }
        guard Timestamp.parse("\(requested)T00:00:00Z") != nil else { return nil }
        let today = String(Timestamp.iso(now - 11 * 3600).prefix(10))
        guard requested <= today else { return nil }
        return Self.known.first { $0 <= requested }
    }
}
