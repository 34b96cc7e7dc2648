/// One way in which the outside services are known to misbehave. Each is off until asked for with `--faults`.
public enum Fault: String, Sendable, CaseIterable {
    // What is published
    case hole, expired
    case nullPlaceholder = "null-placeholder"
    case rewrite, duplicate, late
    case missingFields = "missing-zkb"
    case reference, huge, lies
    // How R2Z2 serves it
    case lag, reorder
    case html = "html-200"
    case stale404 = "stale-404"
    case rateLimit = "rate-429"
    case serverError = "5xx"
    case drop, slow, gzip
    // ESI
    case esiErrorLimit = "esi-420"
    case esiRateLimit = "esi-429"
    case esiMaintenance = "esi-503"
    case esiHash = "esi-422"
    case namesPoison = "names-poison"
    // Single sign-on
    case ssoIssuerForms = "sso-issuer-forms"
    case ssoScopeForms = "sso-scp-forms"
    case ssoAudience = "sso-aud-string"
    case ssoES256 = "sso-es256"
    case ssoUnknownKey = "sso-unknown-kid"
    case ssoStrangeKeys = "sso-jwks-unknown"
    case ssoRefreshRotation = "sso-refresh-rotation"
    case ssoDeadGrant = "sso-invalid-grant"
    case ssoServerError = "sso-5xx"
    case ssoHTML = "sso-html-200"
    case ssoSlow = "sso-slow"

    /// One sentence for the help and the manual.
    public var summary: String {
        switch self {
        case .hole: "numbers that never get a killmail: 404 for ever (no kill is lost by it)"
        case .expired: "sequence.json first names a number that has already expired"
        case .nullPlaceholder: "extra numbers whose file is a 200 with null ids"
        case .rewrite: "a file is overwritten in place; a later one names it in sequence_updated; it is served stale once"
        case .duplicate: "a killmail again under a new number"
        case .late: "killmails of a recording come hours late, behind newer ones (the universe always has some)"
        case .missingFields: "zkb with nulls, or with only the oldest fields"
        case .reference: "esi is null: id and hash only, the killmail must be fetched from ESI"
        case .huge: "a killmail with 3,753 attackers, about 700 kB"
        case .lies: "killmails that cannot be true: no victim, negative damage, ids as strings, years 2003 and 2050, cut JSON"
        case .lag: "sequence.json is up to 51 numbers behind"
        case .reorder: "n+1 is readable seconds before n"
        case .html: "the first answer is a 200 with an HTML page"
        case .stale404: "the first one or two answers for a published number are 404"
        case .rateLimit: "429, half of them with Retry-After"
        case .serverError: "the first one to three answers are 500, 502, 503 or 504"
        case .drop: "the connection is closed in the middle of the body"
        case .slow: "the body trickles for seconds"
        case .gzip: "bodies are gzipped when the client accepts it"
        case .esiErrorLimit: "now and then the error limit is used up by somebody else at this address: 420 on all routes"
        case .esiRateLimit: "429 with Retry-After on killmails although tokens are left"
        case .esiMaintenance: "503 from 11:00 to 11:05 UTC, and for 30 s in every 10 minutes"
        case .esiHash: "422 for a right hash, once"
        case .namesPoison: "some ids that stand on killmails cannot be resolved and poison the batch with 404"
        case .ssoIssuerForms: "the claim iss takes its three forms in turn"
        case .ssoScopeForms: "every other token writes scp otherwise: one scope as an array, no scope as an empty one"
        case .ssoAudience: "the claim aud is one string, half of the time the client id"
        case .ssoES256: "tokens are signed with the second key"
        case .ssoUnknownKey: "a token is signed with a new key that older copies of the key set lack; once in 10 minutes at most"
        case .ssoStrangeKeys: "the key set begins with a key of an unknown type and one for encryption under a known kid"
        case .ssoRefreshRotation: "each refresh gives a new refresh token and ends the old one; off: the same token"
        case .ssoDeadGrant: "a refresh finds its grant dead; invalid_grant and invalid_token in their forms"
        case .ssoServerError: "the first one or two answers with tokens are 500, 502, 503 or 504, now and then one with the keys"
        case .ssoHTML: "the first answer with tokens, now and then one with the keys, is a 200 with an HTML page"
        case .ssoSlow: "the tokens trickle for seconds"
        }
    }

    /// The share of numbers (or ids, or requests) that are hit unless another is given.
    public var defaultRate: Double {
        switch self {
        case .lag, .gzip, .expired, .esiMaintenance: 1
        case .ssoIssuerForms, .ssoScopeForms, .ssoStrangeKeys, .ssoRefreshRotation: 1
        case .ssoES256: 0.3
        case .ssoAudience, .ssoUnknownKey, .ssoDeadGrant, .ssoServerError, .ssoHTML, .ssoSlow: 0.05
        case .hole, .nullPlaceholder, .slow: 0.003
        case .huge: 0.000_4
        case .rewrite, .duplicate, .reorder, .stale404, .html, .serverError, .reference, .lies: 0.01
        case .drop, .rateLimit: 0.006
        case .late: 0.02
        case .missingFields: 0.05
        case .esiErrorLimit: 0.001
        case .esiRateLimit, .esiHash: 0.02
        case .namesPoison: 0.01
        }
    }
}
