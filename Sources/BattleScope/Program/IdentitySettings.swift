import EVEClients
import Foundation
import KernelAPI
import KernelRuntime

/// Who may log in, how, and for how long: the part of the program's settings that is about people.
struct IdentitySettings {
    enum SecureCookies: String, CaseIterable {
        case auto
        case always = "true"
        case never = "false"
    }

    /// `nil`: as the server listens.
    let publicURL: PublicURL?
    let clientID: String?
    let clientSecret: String?
    /// `nil`: `/auth/callback` below the public URL.
    let callbackURL: String?
    let scopes: [String]
    let signOnURL: String
    /// The single sign-on as browsers reach it.
    let signOnBrowserURL: String
    let imagesURL: String
    let superAdmins: Set<Int64>
    let encryptionKeys: String?
    let idleSeconds: Int
    let lifetimeSeconds: Int
    let secureCookies: SecureCookies

    init(_ reader: inout SettingsReader) {
        publicURL = reader.text(
            "BATTLESCOPE_PUBLIC_URL", help: "Where browsers reach this server; as it listens when this is not set",
            expected: "a URL without a path, such as https://battles.example.org"
        ) { PublicURL($0) != nil }.flatMap { PublicURL($0) }
        clientID = reader.text(
            "EVE_CLIENT_ID", help: "The application at developers.eveonline.com; without it nobody can log in",
            expected: "an application's id", where: Self.isWord)
        clientSecret = reader.text(
            "EVE_CLIENT_SECRET", help: "Its secret, if it has one", secret: true, expected: "an application's secret",
            where: Self.isWord)
        callbackURL = reader.text(
            "EVE_CALLBACK_URL",
            help: "The callback as registered with the application; /auth/callback of the public URL otherwise",
            expected: "a URL such as https://battles.example.org/auth/callback"
        ) { text in ["http://", "https://"].contains { text.hasPrefix($0) } && URL(string: text)?.host() != nil }
        scopes =
            reader.text("EVE_SCOPES", help: "What to ask characters for, separated by spaces; nothing unless you need it")?
            .split(separator: " ").map(String.init) ?? []
        signOnURL = ProgramSettings.url(&reader, "SSO_URL", SSOSettings.defaultURL, "EVE's single sign-on")
        signOnBrowserURL = ProgramSettings.url(
            &reader, "SSO_BROWSER_URL", signOnURL, "The same as browsers reach it, where that differs")
        imagesURL = ProgramSettings.url(&reader, "IMAGES_URL", "https://images.evetech.net", "Portraits and logos")
        superAdmins =
            Self.ids(
                reader.text(
                    "BATTLESCOPE_SUPERADMINS", help: "Characters whose owners become superadmins at their first login",
                    expected: "character ids, separated by commas"
                ) { Self.ids($0) != nil } ?? "") ?? []
        encryptionKeys = reader.text(
            "BATTLESCOPE_ENCRYPTION_KEYS", help: "id:base64,... for refresh tokens, the first encrypts; needed with DATABASE_URL",
            secret: true)
        idleSeconds = reader.integer(
            "SESSION_IDLE_SECONDS", default: 28_800, in: 60...2_592_000, help: "A session that is not used for so long ends")
        lifetimeSeconds = reader.integer(
            "SESSION_TTL_SECONDS", default: 2_592_000, in: 60...31_536_000, help: "A session ends so long after the login")
        secureCookies = reader.choice(
            "SESSION_COOKIE_SECURE", default: .auto, help: "Whether cookies are sent over https only; auto as the public URL is")
    }

    private static func isWord(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21..<0x7F).contains($0) } }

    /// - Returns: `nil` when there is something else than ids.
    private static func ids(_ text: String) -> Set<Int64>? {
        let parts = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let ids = parts.map { part in part.allSatisfy(\.isNumber) ? Int64(part).flatMap { $0 > 0 ? $0 : nil } : nil }
        return ids.contains(nil) ? nil : Set(ids.compactMap(\.self))
    }

    /// Nobody's real account is involved.
    var isSimulated: Bool { OutsideTime.isLoopback(signOnURL) || OutsideTime.isLoopback(signOnBrowserURL) }
}
