import AsyncHTTPClient
import EVE
import EVEClients
import KernelRuntime

extension Program {
    /// What the kernel needs to know people by.
    func identity(client: HTTPClient, esi: ESIClient?, isEmbedded: Bool) throws -> IdentityConfiguration {
        let settings = self.settings.identity
        var identity = IdentityConfiguration(keys: try encryptionKeys(isEmbedded: isEmbedded))
        identity.publicURL = settings.publicURL
        identity.callbackURL = settings.callbackURL
        identity.isSimulated = settings.isSimulated
        identity.superAdmins = settings.superAdmins
        identity.sessionIdle = .seconds(settings.idleSeconds)
        identity.sessionLifetime = .seconds(settings.lifetimeSeconds)
        identity.imagesURL = settings.imagesURL
        switch settings.secureCookies {
        case .auto: identity.secureCookies = nil
        case .always: identity.secureCookies = true
        case .never: identity.secureCookies = false
        }
        identity.directory = esi.map { EVEDirectory(affiliations: $0, names: $0) }
        if let callback = settings.callbackURL, let origin = settings.publicURL?.origin, !callback.hasPrefix(origin + "/") {
            throw CommandFailure(
                .configuration,
                "EVE_CALLBACK_URL is \(callback), which is not below BATTLESCOPE_PUBLIC_URL \(origin): browsers would come back "
                    + "without the cookie that they left with.")
        }
        guard let clientID = settings.clientID else { return identity }
        let (user, time) = (try self.identity(), try outsideTime())
        let make: @Sendable (String) throws -> SSOClient = { callbackURL in
            let signOn = try SSOSettings(
                baseURL: settings.signOnURL, browserURL: settings.signOnBrowserURL, clientID: clientID,
                clientSecret: settings.clientSecret.map { SecretText($0) }, callbackURL: callbackURL, scopes: settings.scopes)
            return SSOClient(settings: signOn, client: client, identity: user, time: time)
        }
        do {
            // The callback may follow from the port, which is not known yet; everything else is checked now.
            _ = try make(settings.callbackURL ?? "http://127.0.0.1/auth/callback")
        } catch let error as SSOSettingsError {
            throw CommandFailure(.configuration, "The login cannot work: \(error).")
        }
        identity.provider = { EVESignOn(client: try make($0)) }
        return identity
    }

    private func encryptionKeys(isEmbedded: Bool) throws -> EncryptionKeys {
        if let text = settings.identity.encryptionKeys { return try EncryptionKeys(text: text) }
        if isEmbedded { return try EncryptionKeyFile.keys(in: settings.dataDirectory) }
        throw CommandFailure(
            .configuration,
            "BATTLESCOPE_ENCRYPTION_KEYS is missing. With DATABASE_URL it is needed, the same for all pods: refresh tokens are "
                + #"encrypted with it. Make one with: echo "k1:$(openssl rand -base64 32)""#)
    }
}
