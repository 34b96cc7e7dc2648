/// How people are told apart and for how long: what the program hands to the kernel.
public struct IdentityConfiguration: Sendable {
    /// `nil`: as the server listens.
    public var publicURL: PublicURL?
    /// Makes the way to EVE's single sign-on, for the address to which it sends people back. `nil`: nobody can log in, and is
    /// told what to set.
    public var provider: (@Sendable (_ callbackURL: String) throws -> any IdentityProvider)?
    /// Where the single sign-on sends people back to; `nil`: `/auth/callback` below the public URL.
    public var callbackURL: String?
    /// The single sign-on is a simulator: pages say so.
    public var isSimulated = false
    /// `nil`: nobody can say where characters belong.
    public var directory: (any CharacterDirectory)?
    public var keys: EncryptionKeys
    /// Characters whose owners become superadmins at their first login.
    public var superAdmins: Set<Int64> = []
    /// A session that was not used for so long has ended.
    public var sessionIdle = Duration.seconds(28_800)
    /// A session ends at the latest so long after the login.
    public var sessionLifetime = Duration.seconds(2_592_000)
    /// `nil`: when the public URL is https.
    public var secureCookies: Bool?
    /// Where portraits come from, without a slash at the end.
    public var imagesURL = "https://images.evetech.net"

    public init(keys: EncryptionKeys = .ephemeral()) { self.keys = keys }
}
