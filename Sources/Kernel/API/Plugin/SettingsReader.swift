/// Hands a plugin its settings one by one, and keeps the books: what was declared, where each value came from, and
/// everything that is wrong. Precedence: environment, manifest, default.
public struct SettingsReader {
    /// A setting as written somewhere, with its place for messages: `plugins.d/10-killmails.yaml:7` or `WINDOW_MINUTES`.
    public struct RawValue: Sendable {
        public let text: String
        public let origin: String
        public init(text: String, origin: String) {
            self.text = text
            self.origin = origin
        }
    }

    /// A setting that the plugin read, for `battlescope config` and for finding keys that nobody reads.
    public struct Declaration: Sendable {
        public let key: String
        public let value: String
        public let origin: String
        public let help: String
    }

    public private(set) var declarations: [Declaration] = []
    /// Every key that was asked for; a manifest may hold no other.
    public private(set) var knownKeys: Set<String> = []
    /// Complete sentences naming place, key, what was found and what is expected.
    public private(set) var problems: [String] = []

    private let lookup: (_ key: String, _ environment: String?) -> RawValue?

    /// - Parameter lookup: finds a setting by manifest key and, where it has one, by the well-known environment name.
    public init(lookup: @escaping (_ key: String, _ environment: String?) -> RawValue?) {
        self.lookup = lookup
    }

    /// A whole number within a range.
    public mutating func integer(
        _ key: String, default standard: Int, in range: ClosedRange<Int>, environment: String? = nil, help: String
    ) -> Int {
        read(key, standard, environment, help, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            Int($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// `true` or `false`, nothing else.
    public mutating func boolean(_ key: String, default standard: Bool, environment: String? = nil, help: String) -> Bool {
        read(key, standard, environment, help, expected: "true or false") { Bool($0) }
    }

    /// One of an enumeration's raw values.
    public mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default standard: Choice, environment: String? = nil, help: String
    ) -> Choice where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        let chosen = read(key, standard.rawValue, environment, help, expected: "one of \(words)") {
            Choice(rawValue: $0)?.rawValue
        }
        return Choice(rawValue: chosen) ?? standard
    }

    /// Text that passes a check.
    ///
    /// - Parameters:
    ///   - secret: the value never appears in ``declarations`` or ``problems``.
    ///   - expected: completes "expected ..." in the message.
    public mutating func text(
        _ key: String, default standard: String? = nil, environment: String? = nil, help: String, secret: Bool = false,
        expected: String = "text", where isValid: (String) -> Bool = { _ in true }
    ) -> String? {
        knownKeys.insert(key)
        guard let raw = lookup(key, environment) else {
            let shown = secret && standard != nil ? "********" : standard ?? ""
            declarations.append(Declaration(key: key, value: shown, origin: "default", help: help))
            return standard
        }
        guard isValid(raw.text) else {
            let shown = secret ? "not usable" : raw.text
            problems.append("\(raw.origin): \(key) is \(shown), expected \(expected). \(help).")
            return standard
        }
        declarations.append(Declaration(key: key, value: secret ? "********" : raw.text, origin: raw.origin, help: help))
        return raw.text
    }

    private mutating func read<Value: CustomStringConvertible>(
        _ key: String, _ standard: Value, _ environment: String?, _ help: String, expected: String,
        parse: (String) -> Value?
    ) -> Value {
        knownKeys.insert(key)
        guard let raw = lookup(key, environment) else {
            declarations.append(Declaration(key: key, value: standard.description, origin: "default", help: help))
            return standard
        }
        guard let value = parse(raw.text) else {
            problems.append("\(raw.origin): \(key) is \(raw.text), expected \(expected). \(help).")
            return standard
        }
        declarations.append(Declaration(key: key, value: value.description, origin: raw.origin, help: help))
        return value
    }
}
