import Crypto
import Foundation
import JWTKit
import Testing

@testable import EVESimulator

/// A client of the simulated single sign-on as it ought to be: it asks again after 5xx and HTML, chooses the key by kid and
/// algorithm, and fetches the keys again when it does not know one.
actor SSOClient {
    enum Style: Sendable { case confidential, publicWithPKCE }

    struct Failure: Error { let answer: TestClient.Answer }
    struct UnknownKey: Error { let name: String }

    let client: TestClient
    let id = "battlescope-tests"
    let redirectURI = "http://127.0.0.1:8080/auth/callback"
    let verifier = "dGhlIHZlcmlmaWVyIG9mIGFsbCB0aGVzZSB0ZXN0cy4"
    private var keys: [String: JWK] = [:]

    init(_ client: TestClient) { self.client = client }

    // MARK: Logging in

    nonisolated func authorizePath(_ style: Style = .confidential, scopes: String = "", extra: String = "") -> String {
        var path =
            "/sso/v2/oauth/authorize?response_type=code&client_id=\(id)&redirect_uri=\(FormFields.encode(redirectURI))"
            + "&state=a%26b&scope=\(FormFields.encode(scopes))"
        if style == .publicWithPKCE {
            let challenge = Base64URL.encode(SHA256.hash(data: Array(verifier.utf8)))
            path += "&code_challenge=\(challenge)&code_challenge_method=S256"
        }
        return path + extra
    }

    /// - Returns: the code that the character comes back with.
    func login(_ character: String, _ style: Style = .confidential, scopes: String = "", extra: String = "") async throws
        -> String
    {
        let answer = try await client.get(authorizePath(style, scopes: scopes, extra: "&character=\(character)" + extra))
        let location = try #require(answer.headers["location"])
        let query = try #require(location.split(separator: "?").last.flatMap { FormFields(String($0)) })
        #expect(answer.status == 302 && location.hasPrefix(redirectURI + "?") && query["state"] == "a&b")
        return try #require(query["code"])
    }

    // MARK: Tokens

    nonisolated var basic: String { "Basic " + Data("\(id):simulated-secret".utf8).base64EncodedString() }

    nonisolated func post(
        _ path: String, _ fields: [(String, String)], _ style: Style = .confidential, headers: [(String, String)] = []
    ) async throws -> TestClient.Answer {
        var fields = fields
        var headers = [("User-Agent", "tests/1"), ("Content-Type", "application/x-www-form-urlencoded")] + headers
        switch style {
        case .confidential: headers.append(("Authorization", basic))
        case .publicWithPKCE: fields.append(("client_id", id))
        }
        let body = fields.map { "\($0.0)=\(FormFields.encode($0.1))" }.joined(separator: "&")
        return try await client.send("/sso" + path, method: "POST", headers: headers, body: body)
    }

    nonisolated func exchange(_ code: String, _ style: Style = .confidential, _ more: [(String, String)] = []) async throws
        -> TestClient.Answer
    {
        var fields = [("grant_type", "authorization_code"), ("code", code)] + more
        if style == .publicWithPKCE, !more.contains(where: { $0.0 == "code_verifier" }) {
            fields.append(("code_verifier", verifier))
        }
        return try await post("/v2/oauth/token", fields, style)
    }

    nonisolated func refresh(_ token: String, _ style: Style = .confidential, _ more: [(String, String)] = []) async throws
        -> TestClient.Answer
    {
        try await post("/v2/oauth/token", [("grant_type", "refresh_token"), ("refresh_token", token)] + more, style)
    }

    /// Asks again, a few times, when the answer is none.
    nonisolated func patiently(_ ask: @Sendable () async throws -> TestClient.Answer) async throws -> JSONValue {
        var last: TestClient.Answer?
        for _ in 0..<6 {
            let answer = try await ask()
            last = answer
            if answer.status >= 500 || answer.headers["content-type"]?.hasPrefix("text/html") == true { continue }
            guard answer.status == 200, let json = answer.json else { throw Failure(answer: answer) }
            return json
        }
        throw Failure(answer: try #require(last))
    }

    /// Logs in and gives the claims of the verified access token, and the refresh token if there is one.
    func claims(_ character: String, _ style: Style = .confidential, scopes: String = "") async throws
        -> (claims: JSONValue, refreshToken: String?)
    {
        let code = try await login(character, style, scopes: scopes)
        let json = try await patiently { try await exchange(code, style) }
        return (try await verify(try #require(json["access_token"]?.string)), json["refresh_token"]?.string)
    }

    // MARK: Verification

    private struct Nothing: JWTPayload {
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    /// Checks the signature with the published keys.
    /// - Returns: the claims.
    func verify(_ token: String) async throws -> JSONValue {
        let header = try #require(Self.part(0, of: token))
        let name = "\(header["alg"]?.string ?? "") \(header["kid"]?.string ?? "")"
        if keys[name] == nil { try await fetchKeys() }
        guard let key = keys[name] else { throw UnknownKey(name: name) }
        let collection = JWTKeyCollection()
        try await collection.add(jwk: key)
        _ = try await collection.verify(token, as: Nothing.self)
        return try #require(Self.part(1, of: token))
    }

    /// One key after another, so that an unknown one spoils nothing.
    private func fetchKeys() async throws {
        let set = try await patiently { try await client.get("/sso/oauth/jwks") }
        for member in set["keys"]?.array ?? [] {
            let isUsable = member["use"]?.string == "sig" && ["RS256", "ES256"].contains(member["alg"]?.string)
            guard isUsable, let kid = member["kid"]?.string, let algorithm = member["alg"]?.string else { continue }
            keys["\(algorithm) \(kid)"] = try JSONDecoder().decode(JWK.self, from: Data(member.bytes))
        }
    }

    /// The header (0) or the claims (1), unverified.
    static func part(_ index: Int, of token: String) -> JSONValue? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        var text = String(parts[index]).replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        return Data(base64Encoded: text).flatMap { try? JSONParser.parse(Array($0)) }
    }
}

extension JSONValue {
    /// The keys of an object in their order.
    var keys: [String] {
        guard case .object(let members) = self else { return [] }
        return members.map(\.key)
    }
}

extension TestClient {
    /// Runs a control of the single sign-on.
    func control(_ name: String, _ fields: String) async throws -> JSONValue {
        let answer = try await send("/sso/control/\(name)", method: "POST", headers: [], body: fields)
        #expect(answer.status == 200, "\(answer.text)")
        return try #require(answer.json)
    }
}

enum Data64 {
    static func encode(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
