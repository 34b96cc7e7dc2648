import KernelAPI
import Yams

/// Reads a manifest strictly: every problem is a sentence with file, line and key, and all of them come at once.
struct ManifestReader {
    let file: String
    private(set) var problems: [String] = []

    init(file: String) { self.file = file }

    /// - Returns: `nil` when there were ``problems``.
    mutating func read(_ yaml: String) -> Manifest? {
        let document: Node?
        do {
            document = try Yams.compose(yaml: yaml)
        } catch {
            problems.append(sentence(error))
            return nil
        }
        guard let document else {
            problems.append("\(file): the manifest is empty. Remove the file, or say enabled: false in it.")
            return nil
        }
        guard let top = fields(document, "the manifest", keys: Self.topKeys) else { return nil }
        let plugin = text(top, "plugin", required: true)
        if let plugin, plugin.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z0-9]+)*/) == nil {
            problems.append("\(place(top["plugin"])): plugin is \(plugin), expected lower-case words joined by hyphens.")
        } else if let plugin, Self.reservedNames.contains(plugin) {
            problems.append("\(place(top["plugin"])): plugin is \(plugin), a name that is the kernel's own.")
        }
        let module = text(top, "module", required: true)
        let enabled = boolean(top, "enabled") ?? true
        let requires = list(top, "requires") ?? []
        let onStartFailure: Manifest.StartFailure = choice(top, "on_start_failure") ?? .fail
        let serve = top["serve"].flatMap { fields($0, "serve", keys: ["routes", "workers"]) } ?? [:]
        let contributes =
            top["contributes"].flatMap {
                fields($0, "contributes", keys: ["routes", "workers", "jobs", "consumers", "topics", "migrations"])
            } ?? [:]
        let config = top["config"].map { settings($0) } ?? [:]
        let manifest = Manifest(
            plugin: PluginName(rawValue: plugin ?? ""), module: module ?? "", enabled: enabled,
            requires: requires.map { PluginName(rawValue: $0) }, onStartFailure: onStartFailure,
            serve: .init(routes: boolean(serve, "routes") ?? true, workers: list(serve, "workers").map { Set($0) }),
            config: config,
            contributes: .init(
                routes: Set(list(contributes, "routes") ?? []), workers: Set(list(contributes, "workers") ?? []),
                jobs: Set(list(contributes, "jobs") ?? []), consumers: Set(list(contributes, "consumers") ?? []),
                topics: Set(list(contributes, "topics") ?? []),
                migrations: text(contributes, "migrations", required: false)),
            file: file)
        return problems.isEmpty ? manifest : nil
    }

    /// A plugin's name is its PostgreSQL schema; these are taken.
    private static let reservedNames: Set<String> = ["kernel", "contract", "public", "information-schema", "pg-catalog"]
    private static let topKeys = [
        "plugin", "module", "enabled", "requires", "on_start_failure", "serve", "config", "contributes",
    ]

    /// The entries of a mapping whose keys are all known.
    private mutating func fields(_ node: Node, _ what: String, keys: [String]) -> [String: Node]? {
        guard let mapping = node.mapping else {
            problems.append("\(place(node)): \(what) must be a mapping of keys to values.")
            return nil
        }
        var found: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.string ?? ""
            if keys.contains(name) {
                found[name] = value
            } else {
                let hint =
                    name.nearest(in: keys).map { ", did you mean \($0)?" } ?? "; known are \(keys.joined(separator: ", "))."
                problems.append("\(place(key)): unknown key \(name) in \(what)\(hint)")
            }
        }
        return found
    }

    private mutating func text(_ fields: [String: Node], _ key: String, required: Bool) -> String? {
        guard let node = fields[key] else {
            if required { problems.append("\(file): the key \(key) is missing.") }
            return nil
        }
        guard let text = node.string, !text.isEmpty else {
            problems.append("\(place(node)): \(key) must be text.")
            return nil
        }
        return text
    }

    private mutating func boolean(_ fields: [String: Node], _ key: String) -> Bool? {
        guard let node = fields[key] else { return nil }
        guard let value = node.bool else {
            problems.append("\(place(node)): \(key) is \(node.string ?? "not a word"), expected true or false.")
            return nil
        }
        return value
    }

    private mutating func choice<Choice: RawRepresentable & CaseIterable>(_ fields: [String: Node], _ key: String) -> Choice?
    where Choice.RawValue == String {
        guard let node = fields[key] else { return nil }
        guard let choice = node.string.flatMap(Choice.init(rawValue:)) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            problems.append("\(place(node)): \(key) is \(node.string ?? "not a word"), expected one of \(words).")
            return nil
        }
        return choice
    }

    private mutating func list(_ fields: [String: Node], _ key: String) -> [String]? {
        guard let node = fields[key] else { return nil }
        guard let sequence = node.sequence, sequence.allSatisfy({ $0.string != nil }) else {
            problems.append("\(place(node)): \(key) must be a list such as [a, b].")
            return nil
        }
        return sequence.compactMap(\.string)
    }

    private mutating func settings(_ node: Node) -> [String: SettingsReader.RawValue] {
        guard let mapping = node.mapping else {
            problems.append("\(place(node)): config must be a mapping of settings to values.")
            return [:]
        }
        var settings: [String: SettingsReader.RawValue] = [:]
        for (key, value) in mapping {
            guard let name = key.string, let text = value.string else {
                problems.append("\(place(key)): config.\(key.string ?? "?") must be a single value.")
                continue
            }
            settings[name] = .init(text: text, origin: place(key))
        }
        return settings
    }

    private func place(_ node: Node?) -> String { node?.mark.map { "\(file):\($0.line)" } ?? file }

    /// The parser's error on one line, with its place.
    private func sentence(_ error: any Error) -> String {
        switch error {
        case YamlError.duplicatedKeysInMapping(let keys, let context):
            "\(file):\(context.mark.line): the key \(keys.joined(separator: ", ")) is given twice."
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            "\(file):\(mark.line): not valid YAML: \(problem)."
        default:
            "\(file): not valid YAML: \(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }
}
