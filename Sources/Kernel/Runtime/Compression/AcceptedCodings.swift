/// What a client's `Accept-Encoding` says about gzip.
enum AcceptedCodings {
    /// True when gzip is wanted at least as much as the plain form. Nothing said means plain.
    static func wantsGzip(_ field: String?) -> Bool {
        guard let field, field.utf8.count <= 1_000 else { return false }
        var gzip: Double?
        var identity: Double?
        var rest: Double?
        for item in field.utf8.split(separator: UInt8(ascii: ",")) {
            let parts = item.split(separator: UInt8(ascii: ";"))
            guard let coding = parts.first.map({ trimmed($0) }) else { continue }
            let weight = parts.dropFirst().lazy.compactMap(quality).first ?? 1
            switch coding {
            case "gzip", "x-gzip": gzip = max(gzip ?? 0, weight)
            case "identity": identity = weight
            case "*": rest = weight
            default: break
            }
        }
        let wanted = gzip ?? rest ?? 0
        return wanted > 0 && wanted >= identity ?? 0
    }

    /// `q=0.5`; `nil` for another parameter, 0 for a weight that is none.
    private static func quality(_ parameter: Substring.UTF8View) -> Double? {
        let text = trimmed(parameter)
        guard text.hasPrefix("q=") else { return nil }
        return Double(text.dropFirst(2)).map { min(max($0, 0), 1) } ?? 0
    }

    private static func trimmed(_ text: Substring.UTF8View) -> String {
        String(Substring(text)).lowercased().filter { $0 != " " && $0 != "\t" }
    }
}
