import Foundation
import HTTPTypes
import KernelAPI

/// Takes a token for each request, before and after it is known who asks.
///
/// What protects this pod (addresses) is counted here; what is promised to people (accounts, logins) may be counted by all pods
/// together.
struct RateGate: Sendable {
    let limits: RateLimits
    let local: LocalRateLimiter
    let shared: any RateLimiter

    /// Before authentication, which can cost a query.
    func admit(_ client: Client, pace: MountedRoute.Pace, hasCredentials: Bool) async -> RateStanding? {
        switch pace {
        case .unlimited: nil
        case .login:
            RateStanding("login", limits.login, await shared.take("login:\(client.bucket)", limits.login))
        case .usual where hasCredentials:
            RateStanding(
                "credentials", limits.credentials, local.takeNow("credentials:\(client.bucket)", limits.credentials))
        case .usual:
            RateStanding("address", limits.address, local.takeNow("address:\(client.bucket)", limits.address))
        }
    }

    /// Credentials that turned out to be worth nothing count as none.
    func rejected(_ client: Client) -> RateStanding {
        RateStanding("address", limits.address, local.takeNow("address:\(client.bucket)", limits.address))
    }

    func admit(_ principal: Principal) async -> RateStanding {
        let bucket =
            switch principal.credential {
            case .apiKey(let key, _): "key:\(key.uuidString)"
            case .session, .viewAs: "account:\(principal.accountID.uuidString)"
            }
        return RateStanding("account", limits.account, await shared.take(bucket, limits.account))
    }
}

/// Where a client stands with one of its limits, for the answer's header fields (draft-ietf-httpapi-ratelimit-headers).
struct RateStanding: Sendable {
    let policy: String
    let limit: RateLimit
    let decision: RateDecision

    init(_ policy: String, _ limit: RateLimit, _ decision: RateDecision) {
        self.policy = policy
        self.limit = limit
        self.decision = decision
    }

    var problem: Problem {
        Problem(
            .tooManyRequests, "too_many_requests",
            "Too many requests (\(policy)): \(limit.burst) at once and \(Self.text(limit.perSecond)) a second are possible. "
                + "Try again in \(retryAfter) s.")
    }

    /// Whole seconds, at least one.
    private var retryAfter: Int { max(1, Int((decision.retryAfter / .seconds(1)).rounded(.up))) }

    /// `RateLimit-Policy: "account";q=200;w=2`, `RateLimit: "account";r=199;t=1`; refused: `Retry-After` as well.
    var fields: [HTTPField] {
        let full = Double(limit.burst - decision.remaining) / limit.perSecond
        let window = max(1, Int((Double(limit.burst) / limit.perSecond).rounded(.up)))
        var fields = [
            HTTPField(name: .rateLimitPolicy, value: "\"\(policy)\";q=\(limit.burst);w=\(window)"),
            HTTPField(name: .rateLimit, value: "\"\(policy)\";r=\(decision.remaining);t=\(Int(full.rounded(.up)))"),
        ]
        if !decision.isAllowed { fields.append(HTTPField(name: .retryAfter, value: String(retryAfter))) }
        return fields
    }

    private static func text(_ number: Double) -> String { number == number.rounded() ? String(Int(number)) : String(number) }
}

extension HTTPField.Name {
    // The initializer fails for invalid tokens only, and these are valid ones.
    static let rateLimit = HTTPField.Name("RateLimit") ?? .via
    static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy") ?? .via
}
