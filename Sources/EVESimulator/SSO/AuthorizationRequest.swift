/// What a client asks for when it sends somebody to log in.
struct AuthorizationRequest: Sendable, Equatable {
    let clientID: String
    let redirectURI: String
    let state: String
    let scopes: [String]
    /// SHA-256 of the verifier, base64url; `nil` without PKCE.
    let challenge: String?

    enum Refusal: Error, Equatable {
        /// Told to the person: nobody is sent to an address that may be wrong.
        case page(String)
        /// Told to the client.
        case redirect(to: String)
    }

    init(_ query: FormFields) throws(Refusal) {
        if let name = query.repeated { throw .page("\(name) occurs twice.") }
        guard let clientID = query["client_id"] else { throw .page("client_id is missing.") }
        guard let redirectURI = query["redirect_uri"], Self.isAbsolute(redirectURI) else {
            throw .page("redirect_uri is missing, or is no absolute address without a fragment.")
        }
        guard let state = query["state"] else { throw .page("state is missing: EVE's single sign-on wants one.") }
        self.clientID = clientID
        self.redirectURI = redirectURI
        self.state = state
        scopes = (query["scope"] ?? "").split(separator: " ").map(String.init).reduce(into: []) { unique, scope in
            if !unique.contains(scope) { unique.append(scope) }
        }
        challenge = query["code_challenge"]
        guard query["response_type"] == "code" else {
            throw refusal("unsupported_response_type", "Only response_type=code is supported.")
        }
        let method = query["code_challenge_method"]
        guard challenge == nil ? method == nil : method == "S256" && challenge?.utf8.count == 43 else {
            throw refusal("invalid_request", "code_challenge is 43 characters with code_challenge_method=S256.")
        }
        if let wrong = scopes.first(where: { !Self.isScope($0) }) {
            throw refusal("invalid_scope", "There is no scope \(wrong).")
        }
    }

    /// Where somebody who has chosen a character is sent.
    func accepted(code: String) -> String { answer([("code", code), ("state", state)]) }

    /// Where somebody who does not want to log in is sent.
    var cancelled: String {
        answer([("error", "access_denied"), ("error_description", "The user denied the request."), ("state", state)])
    }

    private func refusal(_ error: String, _ description: String) -> Refusal {
        .redirect(to: answer([("error", error), ("error_description", description), ("state", state)]))
    }

    private func answer(_ fields: [(String, String)]) -> String {
        redirectURI + (redirectURI.contains("?") ? "&" : "?")
            + fields.map { "\($0.0)=\(FormFields.encode($0.1))" }.joined(separator: "&")
    }

    /// Any scheme, since native programs have their own; nothing that could break a header.
    private static func isAbsolute(_ text: String) -> Bool {
        guard let colon = text.firstRange(of: "://"), colon.lowerBound > text.startIndex, colon.upperBound < text.endIndex else {
            return false
        }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !text.contains("#")
            && text[..<colon.lowerBound].allSatisfy { $0.isLetter || $0.isNumber || "+-.".contains($0) }
    }

    /// Every scope of ESI looks like `esi-killmails.read_killmails.v1`.
    private static func isScope(_ text: String) -> Bool {
        text == "publicData"
            || (text.hasPrefix("esi-") && text.utf8.allSatisfy { $0 == 0x2D || $0 == 0x2E || $0 == 0x5F || isAlphanumeric($0) })
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
