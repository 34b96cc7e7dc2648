import KernelAPI
import Synchronization

/// The way to the single sign-on. It is made at its first use: by then it is known where the server listens, and so where
/// people are sent back to.
final class ProviderSlot: Sendable {
    private let make: (@Sendable (_ callbackURL: String) throws -> any IdentityProvider)?
    private let callbackURL: String?
    private let address: PublicAddress
    private let made = Mutex<(any IdentityProvider)?>(nil)

    init(_ configuration: IdentityConfiguration, address: PublicAddress) {
        make = configuration.provider
        callbackURL = configuration.callbackURL
        self.address = address
    }

    /// - Throws: 503 that tells the admin what to set, when the installation has no client id.
    var current: any IdentityProvider {
        get throws {
            guard let make else { throw Problem.loginNotConfigured }
            let callback = try callbackURL ?? address.url.origin + "/auth/callback"
            return try made.withLock { made in
                if let made { return made }
                let new = try make(callback)
                made = new
                return new
            }
        }
    }
}
