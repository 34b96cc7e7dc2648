import KernelAPI

/// How often whom. The defaults are far above what the web app needs, and low enough that one program cannot starve the others.
package struct RateLimits: Sendable, Hashable {
    /// By account, or by API key.
    package var account = RateLimit(burst: 200, perSecond: 100)
    /// By address, where nobody is logged in or the credentials are not valid.
    package var address = RateLimit(burst: 60, perSecond: 20)
    /// By address, for logging in.
    package var login = RateLimit(burst: 20, perSecond: 0.5)
    /// By address, for requests with credentials before these are looked at: many accounts can share an address.
    package var credentials = RateLimit(burst: 1_000, perSecond: 500)

    package init() {}

    /// For tests that are not about limits.
    package static let none: RateLimits = {
        let endless = RateLimit(burst: 1_000_000_000, perSecond: 1_000_000_000)
        var limits = RateLimits()
        (limits.account, limits.address, limits.login, limits.credentials) = (endless, endless, endless, endless)
        return limits
    }()
}
