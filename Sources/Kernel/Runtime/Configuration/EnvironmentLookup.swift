import Configuration
public import KernelAPI

/// Finds settings in the process's environment, for the program and for its plugins.
public struct EnvironmentLookup: Sendable {
    private let reader: ConfigReader
    /// Every variable name of the environment.
    public let names: [String]

    public init(_ variables: [String: String]) {
        reader = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
        names = variables.keys.sorted()
    }

    /// A variable's value; an empty one counts as absent, as container orchestration leaves them.
    public func value(_ name: String) -> SettingsReader.RawValue? {
        let key = ConfigKey(name.lowercased().split(separator: "_").map(String.init))
        guard let text = reader.string(forKey: key), !text.isEmpty else { return nil }
        return .init(text: text, origin: name)
    }

    /// `BATTLESCOPE_<PLUGIN>_<KEY>`, or the setting's own well-known name.
    public func value(plugin: PluginName, key: String, wellKnown: String?) -> SettingsReader.RawValue? {
        if let wellKnown, let found = value(wellKnown) { return found }
        return value(Self.variable(plugin: plugin, key: key))
    }

    public static func variable(plugin: PluginName, key: String) -> String {
        "BATTLESCOPE_\(plugin.identifier)_\(key)".uppercased()
    }
}
