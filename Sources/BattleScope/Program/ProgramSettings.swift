import EVEClients
import Foundation
import KernelAPI
import KernelPostgres
import KernelRuntime

/// The program's own settings: flags, then environment, then default. (What belongs to a plugin is in its manifest.)
struct ProgramSettings {
    enum Feed: String, CaseIterable { case r2z2, replay, off }
    enum Embedded: String, CaseIterable { case auto, never }
    enum LogFormat: String, CaseIterable { case json, text }

    let listen: String
    let databaseURL: String?
    let redisURL: String?
    let embedded: Embedded
    let dataDirectory: String
    let pluginsDirectory: String
    let feed: Feed
    let replayFile: String?
    let r2z2Start: Int
    let r2z2URL: String
    let esiURL: String
    let staticDataURL: String
    let contact: String?
    let timeScale: Double
    let logLevel: LogLevel
    let logFormat: LogFormat
    let identity: IdentitySettings
    let http: HTTPSettings

    /// What was read and where from, for `battlescope config`.
    let declarations: [SettingsReader.Declaration]
    /// Every variable that this program knows, plugins' ones excepted.
    let knownVariables: Set<String>

    /// swift-log's levels by name.
    enum LogLevel: String, CaseIterable { case trace, debug, info, notice, warning, error, critical }

    /// - Parameter flags: values from the command line by variable name; they win.
    /// - Throws: ``ConfigurationError`` with everything that is wrong.
    init(environment: EnvironmentLookup, flags: [String: String] = [:]) throws {
        var reader = SettingsReader { name, _ in
            flags[name].map { .init(text: $0, origin: "flag for \(name)") } ?? environment.value(name)
        }
        listen = Self.text(&reader, "BATTLESCOPE_LISTEN", "127.0.0.1:8080", "Where the HTTP server listens", "host:port") {
            ListenAddress($0) != nil
        }
        databaseURL = reader.text("DATABASE_URL", help: "PostgreSQL; without it an embedded server is used", secret: true)
        redisURL = reader.text(
            "REDIS_URL", help: "Redis; without it an embedded one beside the embedded PostgreSQL, else none", secret: true)
        embedded = reader.choice("BATTLESCOPE_EMBEDDED", default: .auto, help: "Whether embedded servers may be used")
        dataDirectory = Self.text(
            &reader, "BATTLESCOPE_DATA_DIR", Self.defaultDataDirectory, "Where embedded servers keep their data",
            "an absolute path"
        ) {
            $0.hasPrefix("/")
        }
        pluginsDirectory = Self.text(
            &reader, "BATTLESCOPE_PLUGINS_DIR", Self.defaultPluginsDirectory, "The folder with the plugin manifests", "a path"
        ) { _ in true }
        feed = reader.choice("BATTLESCOPE_FEED", default: .r2z2, help: "Where killmails come from")
        replayFile = reader.text(
            "BATTLESCOPE_REPLAY_FILE", help: "The recording of the feed `replay`: killmails as NDJSON, gzipped or not")
        r2z2Start = reader.integer(
            "BATTLESCOPE_R2Z2_START", default: 0, in: 0...Int.max,
            help: "The number to begin with when no cursor is stored; 0 begins with the newest")
        r2z2URL = Self.url(&reader, "R2Z2_URL", R2Z2Feed.defaultURL, "zKillboard's live feed")
        esiURL = Self.url(&reader, "ESI_URL", ESIClient.defaultURL, "EVE's API")
        staticDataURL = Self.url(&reader, "SDE_URL", StaticDataDownload.defaultBaseURL, "EVE's static data export")
        contact = reader.text(
            "BATTLESCOPE_CONTACT", help: "Your e-mail address or URL, for the User-Agent; outside services ask for it")
        timeScale =
            Double(
                Self.text(
                    &reader, "BATTLESCOPE_OUTSIDE_TIME_SCALE", "1",
                    "Factor on every delay towards outside services; other than 1 only for a simulator", "a number above 0"
                ) {
                    Double($0).map { $0 > 0 } ?? false
                }) ?? 1
        logLevel = reader.choice("LOG_LEVEL", default: .info, help: "The least important log lines to write")
        logFormat = reader.choice(
            "LOG_FORMAT", default: isatty(STDOUT_FILENO) == 1 ? .text : .json, help: "Log lines for machines or for people")
        identity = IdentitySettings(&reader)
        http = HTTPSettings(&reader)
        declarations = reader.declarations
        knownVariables = reader.knownKeys
        guard reader.problems.isEmpty else { throw ConfigurationError(reader.problems) }
    }

    private static func text(
        _ reader: inout SettingsReader, _ name: String, _ standard: String, _ help: String, _ expected: String,
        where isValid: (String) -> Bool
    ) -> String {
        reader.text(name, default: standard, help: help, expected: expected, where: isValid) ?? standard
    }

    /// Base URLs are used without a slash at the end.
    static func url(_ reader: inout SettingsReader, _ name: String, _ standard: String, _ help: String) -> String {
        let url = text(&reader, name, standard, help, "a URL such as \(standard)") { text in
            URL(string: text).map { ["http", "https"].contains($0.scheme) && $0.host() != nil } ?? false
        }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    private static var defaultDataDirectory: String {
        if getuid() == 0 { return "/var/lib/battlescope" }
        let environment = ProcessInfo.processInfo.environment
        return (environment["XDG_STATE_HOME"] ?? (environment["HOME"] ?? "/tmp") + "/.local/state") + "/battlescope"
    }

    private static var defaultPluginsDirectory: String {
        FileManager.default.fileExists(atPath: "plugins.d") ? "plugins.d" : "/etc/battlescope/plugins.d"
    }
}
