import EVE

/// What the token endpoint gave.
struct TokenAnswer: Sendable {
    var accessToken: SecretText
    var refreshToken: SecretText?

    init(_ body: [UInt8]) throws(SSOError) {
        let members = JSONMembers(body)
        refreshToken = members?.text("refresh_token").flatMap { $0.isEmpty ? nil : SecretText($0) }
        let type = members?["token_type"]
        guard let members, let access = members.text("access_token"), !members.hasRepeatedNames,
            type == nil || members.text("token_type")?.lowercased() == "bearer"
        else {
            var error = SSOError(.unavailable, "the tokens of EVE SSO are unreadable")
            error.rotatedToken = refreshToken
            throw error
        }
        accessToken = SecretText(access)
    }
}

extension SSOError {
    /// Errors about us or the request (RFC 6749, section 5.2). Nothing follows from them for a grant, whatever the text says.
    private static let refusals: Set<String> = [
        "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "invalid_request", "access_denied",
    ]
    private static let deaths: Set<String> = ["invalid_grant", "invalid_token"]
    /// What else was seen in the text of answers about dead tokens.
    private static let deathSigns = ["token missing", "expired"]

    /// The meaning of an answer other than 200. What the service wrote is not repeated, since that may hold anything.
    init(_ response: OutsideHTTP.Response, time: OutsideTime) {
        let status = response.status
        let members = JSONMembers(response.body)
        let error = members?.text("error") ?? ""
        if status == 400, let members, Self.isDeath(error, members) {
            self.init(.invalidGrant, "EVE SSO does not accept the grant (\(Self.deaths.contains(error) ? error : "400"))")
        } else if [400, 401, 403].contains(status), Self.refusals.contains(error) {
            self.init(.refused, "EVE SSO refused the request (\(status) \(error))")
        } else {
            self.init(
                .unavailable, "EVE SSO is not available (\(status))", retryAfter: response.retryAfter.map { time.scaled($0) })
        }
    }

    private static func isDeath(_ error: String, _ members: JSONMembers) -> Bool {
        if deaths.contains(error) { return true }
        // A vague request error may be about the token; one about us never is.
        guard error == "invalid_request" || !refusals.contains(error) else { return false }
        let text = [error, members.text("error_description"), members.text("message")].compactMap { $0?.lowercased() }
        return deathSigns.contains { sign in text.contains { $0.contains(sign) } }
    }
}
