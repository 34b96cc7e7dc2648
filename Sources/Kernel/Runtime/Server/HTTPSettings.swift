import Foundation
public import KernelAPI

/// How this pod speaks HTTP: what admins may want to set. What one connection can hold on to is in ``ConnectionLimits``.
public struct HTTPSettings: Sendable {
    /// Browsers reach this server by https, and are told never to come otherwise (HSTS).
    public var isSecure = false
    /// Other sites whose pages may use the API in a browser.
    public var allowedOrigins: [String] = []
    /// Who is believed about the client's address: our own ingress.
    public var trustedProxies: [AddressRange] = []
    public var streamsPerAccount = 5
    package var rates = RateLimits()

    public init() {}

    /// Reads the settings, and with that declares them.
    public init(_ settings: inout SettingsReader) {
        let origins = Self.text(
            &settings, "BATTLESCOPE_ALLOWED_ORIGINS", "", "Other sites whose pages may use the API (CORS), separated by commas",
            "origins such as https://tools.example.org, separated by commas"
        ) { Self.list($0).allSatisfy { Self.origin($0) == $0 } }
        allowedOrigins = Self.list(origins)
        let proxies = Self.text(
            &settings, "BATTLESCOPE_TRUSTED_PROXIES", "",
            "Proxies that are believed about X-Forwarded-For and X-Request-Id, separated by commas",
            "addresses or networks such as 10.0.0.0/8, separated by commas"
        ) { Self.list($0).allSatisfy { AddressRange($0) != nil } }
        trustedProxies = Self.list(proxies).compactMap { AddressRange($0) }
        streamsPerAccount = settings.integer(
            "BATTLESCOPE_SSE_MAX_STREAMS_PER_ACCOUNT", default: streamsPerAccount, in: 1...1_000,
            help: "Event streams that one account may have open on a pod")
        let account = settings.integer(
            "BATTLESCOPE_RATE_ACCOUNT", default: 100, in: 1...100_000,
            help: "Requests a second of one account; twice as many at once")
        rates.account = RateLimit(burst: account * 2, perSecond: Double(account))
        let address = settings.integer(
            "BATTLESCOPE_RATE_ADDRESS", default: 20, in: 1...100_000,
            help: "Requests a second of one address where nobody is logged in; three times as many at once")
        rates.address = RateLimit(burst: address * 3, perSecond: Double(address))
        let login = settings.integer(
            "BATTLESCOPE_RATE_LOGIN", default: 30, in: 1...100_000, help: "Steps of a login a minute from one address; 20 at once"
        )
        rates.login = RateLimit(burst: 20, perSecond: Double(login) / 60)
    }

    private static func text(
        _ settings: inout SettingsReader, _ name: String, _ standard: String, _ help: String, _ expected: String,
        where isValid: (String) -> Bool
    ) -> String { settings.text(name, default: standard, help: help, expected: expected, where: isValid) ?? standard }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
    }

    /// `https://host:port` of a URL that has no more than that and perhaps a slash.
    private static func origin(_ text: String) -> String? {
        guard let match = text.wholeMatch(of: /(https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?)\/?/) else {
            return nil
        }
        return String(match.1)
    }
}
