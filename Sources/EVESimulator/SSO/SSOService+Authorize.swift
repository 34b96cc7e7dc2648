internal import Synchronization

/// Somebody chooses a character and is sent back.
extension SSOService {
    func authorize(_ request: SimulatedRequest) -> Reply {
        guard let query = FormFields(request.rawQuery) else { return LoginPage.refusal("The query is no valid UTF-8.") }
        let wanted: AuthorizationRequest
        do {
            wanted = try AuthorizationRequest(query)
        } catch {
            switch error {
            case .page(let reason): return LoginPage.refusal(reason)
            case .redirect(let address): return Self.redirect(to: address)
            }
        }
        guard let text = query["character"] else {
            return LoginPage(request: wanted, rawQuery: request.rawQuery, choices: choices()).reply
        }
        guard let character = roster.character(named: text) else {
            return LoginPage.refusal("There is no character \(text) in this universe.")
        }
        if query["sold"] == "true" { sell(character.id) }
        let code = state.withLock { state in
            state.counters.logins += 1
            return state.grants.addCode(wanted, for: character.id, at: clock.now)
        }
        return Self.redirect(to: wanted.accepted(code: code))
    }

    private func choices() -> [LoginPage.Choice] {
        roster.universe.loginCharacters.map { login in
            let affiliation = roster.affiliation(of: login.id)
            let corporation = affiliation.flatMap { roster.corporation($0.corporationID) }
            let alliance = affiliation.flatMap(\.allianceID).flatMap { roster.alliance($0) }
            return LoginPage.Choice(
                character: login, corporation: corporation.map { "\($0.name) [\($0.ticker)]" } ?? "no corporation",
                alliance: alliance.map { "\($0.name) <\($0.ticker)>" } ?? "no alliance")
        }
    }

    private static func redirect(to address: String) -> Reply {
        Reply(status: 302).with("Location", address).with("Cache-Control", "no-store")
    }
}
