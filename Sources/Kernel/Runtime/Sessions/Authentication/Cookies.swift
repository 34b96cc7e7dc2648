import Foundation
import HTTPTypes
import KernelAPI

/// The kernel's two cookies, read and written.
struct Cookies: Sendable {
    static let session = "battlescope_session"
    /// Ties a login to the browser that began it.
    static let login = "battlescope_login"
    /// All of a request's cookies together, in bytes. Ours have 110.
    static let longestHeader = 8_192

    let isSecure: Bool

    /// A cookie's value; `nil` also when it is there with several values, because somebody else's page put one beside ours.
    ///
    /// - Throws: 431 for more cookies than anybody needs.
    static func value(_ name: String, in headers: HTTPFields) throws -> Substring? {
        let fields = headers[values: .cookie]
        guard fields.reduce(0, { $0 + $1.utf8.count }) <= longestHeader else {
            throw Problem(
                .requestHeaderFieldsTooLarge, "cookies_too_large",
                "The cookies have more than \(longestHeader) bytes. Delete this site's cookies and log in again.")
        }
        var found: Set<Substring> = []
        for field in fields {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == name else { continue }
                found.insert(parts[1].prefix { $0 != " " })
            }
        }
        return found.count == 1 ? found.first : nil
    }

    /// `Set-Cookie` for a session that lives at most so long.
    func set(session token: SecretToken, for lifetime: Duration) -> HTTPField {
        field(Self.session, token.text, lifetime.components.seconds)
    }

    /// `Set-Cookie` for a login under way.
    func set(login token: SecretToken, for lifetime: Duration) -> HTTPField {
        field(Self.login, token.text, lifetime.components.seconds)
    }

    var clearedSession: HTTPField { field(Self.session, "", 0) }
    var clearedLogin: HTTPField { field(Self.login, "", 0) }

    private func field(_ name: String, _ value: String, _ seconds: Int64) -> HTTPField {
        // Lax: a link from elsewhere finds people logged in, a form from elsewhere does not.
        let secure = isSecure ? "; Secure" : ""
        return HTTPField(
            name: .setCookie, value: "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax\(secure)")
    }
}
