public import EVE

/// What an application registered with EVE's single sign-on is, and where the service is.
public struct SSOSettings: Sendable {
    public static let defaultURL = "https://login.eveonline.com"

    /// Without a slash at the end.
    public let baseURL: String
    /// The same service as browsers reach it; differs only where a simulator has an address of its own inside.
    public let browserURL: String
    public let clientID: String
    /// Without, we are a public client and PKCE is all there is.
    public let clientSecret: SecretText?
    /// Exactly as registered.
    public let callbackURL: String
    /// What tokens shall be good for. Without any there is no refresh token.
    public let scopes: [String]
    /// For one answer; scaled, but not below two seconds.
    public let timeout: Duration

    /// - Throws: ``SSOSettingsError``
    public init(
        baseURL: String = SSOSettings.defaultURL, browserURL: String? = nil, clientID: String, clientSecret: SecretText? = nil,
        callbackURL: String, scopes: [String] = [], timeout: Duration = .seconds(10)
    ) throws {
        self.baseURL = try Self.service(baseURL)
        self.browserURL = try browserURL.map(Self.service) ?? self.baseURL
        guard Self.isToken(clientID), !clientID.contains(":") else { throw SSOSettingsError.clientID }
        self.clientID = clientID
        if let clientSecret, !Self.isToken(clientSecret.revealed) { throw SSOSettingsError.clientSecret }
        self.clientSecret = clientSecret
        guard URLText.parse(callbackURL) != nil else { throw SSOSettingsError.callbackURL }
        self.callbackURL = callbackURL
        if let scope = scopes.first(where: { !Self.isToken($0) }) { throw SSOSettingsError.scope(scope) }
        self.scopes = scopes
        self.timeout = timeout
    }

    private static func service(_ url: String) throws -> String {
        guard let parts = URLText.parse(url), !parts.hasQuery else { throw SSOSettingsError.serviceURL }
        // Secrets go there and the keys that we trust come from there. A name without dots is a neighbour in a container network.
        guard parts.scheme == "https" || !parts.host.contains(".") || OutsideTime.isLoopback(url) else {
            throw SSOSettingsError.plainHTTP(host: parts.host)
        }
        return String(url.reversed().drop { $0 == "/" }.reversed())
    }

    private static func isToken(_ text: String) -> Bool {
        (1...1_024).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21..<0x7F).contains($0) }
    }
}

/// Settings with which nobody could log in. The values themselves are not repeated.
public enum SSOSettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    case serviceURL
    case plainHTTP(host: String)
    case clientID
    case clientSecret
    case callbackURL
    case scope(String)

    public var description: String {
        switch self {
        case .serviceURL: "the address of EVE SSO must be a URL like \(SSOSettings.defaultURL)"
        case .plainHTTP(let host): "EVE SSO at \(host) must be reached by https: secrets are sent there"
        case .clientID: "the client id for EVE SSO must be that of the application, without spaces and colons"
        case .clientSecret: "the client secret for EVE SSO must be that of the application, without spaces"
        case .callbackURL: "the callback for EVE SSO must be a URL as registered with the application"
        case .scope(let scope): "\(scope.debugDescription) is no scope of EVE SSO"
        }
    }
}
