import Foundation
import HTTPTypes
import KernelAPI
import Logging

/// The way from the button to the session: to the single sign-on with a state of ours, and back with a code of theirs.
struct LoginFlow: Sendable {
    let attempts: LoginAttempts
    let admission: Admission
    let directory: (any CharacterDirectory)?
    let provider: ProviderSlot
    let cookies: @Sendable () throws -> Cookies
    let logger: Logger

    /// Where the browser goes next, and the cookie that it takes along.
    struct Departure: Sendable {
        let url: String
        let cookie: HTTPField
    }

    /// What the single sign-on sent the browser back with.
    struct Callback: Sendable {
        let state: String?
        let code: String?
        let error: String?
    }

    /// Where the browser goes after the login, and the cookies that it gets.
    struct Return: Sendable {
        let path: String
        let headers: HTTPFields
    }

    // MARK: There

    /// - Throws: 503 while the installation has no client id.
    func start(_ purpose: LoginAttempts.Purpose, wanted: WantedPath) async throws -> Departure {
        let provider = try provider.current
        let started = try await attempts.start(purpose, wanted: wanted)
        return Departure(
            url: provider.authorizationURL(state: started.state.text, codeChallenge: started.challenge),
            cookie: try cookies().set(login: started.browser, for: LoginAttempts.lifetime))
    }

    // MARK: Back

    /// - Throws: ``Problem``; whatever happened, the state is used up.
    func finish(_ callback: Callback, headers: HTTPFields, actor: AuditActor) async throws -> Return {
        let provider = try provider.current
        guard let state = callback.state.flatMap({ SecretToken($0) }),
            let browser = try Cookies.value(Cookies.login, in: headers).flatMap({ SecretToken($0) }),
            let attempt = try await attempts.finish(state: state, browser: browser)
        else { throw Problem.loginNotOurs }
        guard let code = callback.code else {
            // The person changed their mind.
            guard callback.error == "access_denied" else { throw Problem.loginRefused }
            return Return(path: attempt.wanted.text, headers: HTTPFields([try cookies().clearedLogin]))
        }
        let character = try await exchange(code, attempt, provider)
        let affiliation = try await directory?.affiliations(of: [character.id]).known[character.id]
        let arrival = Admission.Arrival(
            character: character, affiliation: affiliation,
            organisationNames: try await directory?.names(of: affiliation?.organisationIDs ?? []) ?? [:],
            previous: try Cookies.value(Cookies.session, in: headers).flatMap { SecretToken($0) }, actor: actor)
        return try await admit(arrival, attempt, headers)
    }

    private func admit(
        _ arrival: Admission.Arrival, _ attempt: LoginAttempts.Finished, _ headers: HTTPFields
    ) async throws -> Return {
        let outcome: Admission.Outcome
        switch attempt.purpose {
        case .login: outcome = try await admission.logIn(arrival)
        case .link(let account):
            // Whoever linked must still be logged in, as the same account, in this browser.
            guard let previous = arrival.previous,
                try await admission.sessions.account(of: previous, in: attempts.database) == account
            else { throw Problem.loginNotOurs }
            outcome = try await admission.link(arrival, to: account)
        }
        switch outcome {
        case .session(let token, let account):
            logger.info("logged in", metadata: ["accountId": "\(account.uuidString.lowercased())"])
            let session = try cookies().set(session: token, for: admission.sessions.lifetime)
            return Return(path: attempt.wanted.text, headers: HTTPFields([session, try cookies().clearedLogin]))
        case .linked(let account):
            logger.info("character linked", metadata: ["accountId": "\(account.uuidString.lowercased())"])
            return Return(path: attempt.wanted.text, headers: HTTPFields([try cookies().clearedLogin]))
        case .blocked: throw Problem.accountBlocked
        case .denied: throw Problem.organisationDenied
        case .affiliationUnknown: throw Problem.affiliationUnknown
        case .taken: throw Problem.characterTaken
        case .full: throw Problem.tooManyCharacters
        }
    }

    private func exchange(
        _ code: String, _ attempt: LoginAttempts.Finished, _ provider: any IdentityProvider
    ) async throws -> ProvenCharacter {
        do {
            return try await provider.exchange(code: code, verifier: attempt.verifier)
        } catch let error as IdentityProviderError {
            logger.warning("login failed at the single sign-on", metadata: ["error": "\(error)"])
            throw Problem(error)
        }
    }
}

extension Problem {
    static let loginNotConfigured = Problem(
        .serviceUnavailable, "login_not_configured",
        "Nobody can log in yet: this installation has no EVE application. Its administrator registers one at "
            + "https://developers.eveonline.com and sets EVE_CLIENT_ID (and EVE_CLIENT_SECRET, if it has one).")
    static let loginNotOurs = Problem(
        .badRequest, "login_state_invalid",
        "This login was not begun in this browser, took longer than ten minutes, or was used already. Start again.")
    static let loginRefused = Problem(
        .badRequest, "login_refused", "EVE Online's single sign-on did not log you in. Start again.")
    static let affiliationUnknown = Problem(
        .serviceUnavailable, "affiliation_unavailable",
        "EVE's API does not tell your corporation at the moment, and only some may come in. Try again in a few minutes.")
    static let characterTaken = Problem.conflict(
        "character_of_another_account",
        "This character belongs to another account here. Log in with it and remove it there first.")
    static let tooManyCharacters = Problem.conflict(
        "too_many_characters", "An account can have \(CharacterWriter.mostPerAccount) characters, and has them.")

    /// What a person is told about the single sign-on's answer.
    init(_ error: IdentityProviderError) {
        switch error.kind {
        case .grantRefused: self = .loginRefused
        case .unavailable:
            self.init(
                .serviceUnavailable, "sso_unavailable",
                "EVE Online's single sign-on does not answer at the moment. Try again in a few minutes.")
        case .tokenRejected:
            self.init(
                .badGateway, "sso_token_rejected", "The answer of EVE Online's single sign-on could not be trusted. Start again.")
        case .misconfigured:
            self.init(
                .serviceUnavailable, "login_misconfigured",
                "EVE Online's single sign-on does not accept this installation. Its administrator finds the reason in the log.")
        }
    }
}
