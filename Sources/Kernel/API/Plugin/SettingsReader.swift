/// Hands a plugin its settings one by one, and keeps the books: what was declared, where each value came from, and
/// everything that is wrong. Precedence: admin console, environment, manifest, default.
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
        /// What it takes, in words: `a whole number from 1 to 60`.
        public let expected: String
        /// The value is masked, and cannot be set in the admin console.
        public let isSecret: Bool
    }

    /// A setting that cannot be used.
    public struct Failure: Sendable {
        public let key: String
        /// A complete sentence naming place, key, what was found and what is expected.
        public let sentence: String
    }

    public private(set) var declarations: [Declaration] = []
    /// Every key that was asked for; a manifest may hold no other.
    public private(set) var knownKeys: Set<String> = []
    public private(set) var failures: [Failure] = []
    /// The failures' sentences.
    public var problems: [String] { failures.map(\.sentence) }

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
            declare(key, shown, "default", help, expected, isSecret: secret)
            return standard
        }
        guard isValid(raw.text) else {
            fail(key, secret ? "not usable" : raw.text, raw.origin, help, expected)
            return standard
        }
        declare(key, secret ? "********" : raw.text, raw.origin, help, expected, isSecret: secret)
        return raw.text
    }

    private mutating func read<Value: CustomStringConvertible>(
        _ key: String, _ standard: Value, _ environment: String?, _ help: String, expected: String,
        parse: (String) -> Value?
    ) -> Value {
        knownKeys.insert(key)
        guard let raw = lookup(key, environment) else {
            declare(key, standard.description, "default", help, expected)
            return standard
        }
        guard let value = parse(raw.text) else {
            fail(key, raw.text, raw.origin, help, expected)
            return standard
        }
        declare(key, value.description, raw.origin, help, expected)
        return value
    }

    private mutating func declare(
        _ key: String, _ value: String, _ origin: String, _ help: String, _ expected: String, isSecret: Bool = false
    ) {
        declarations.append(
            Declaration(key: key, value: value, origin: origin, help: help, expected: expected, isSecret: isSecret))
    }

    private mutating func fail(_ key: String, _ found: String, _ origin: String, _ help: String, _ expected: String) {
        failures.append(Failure(key: key, sentence: "\(origin): \(key) is \(found), expected \(expected). \(help)."))
    }
}
