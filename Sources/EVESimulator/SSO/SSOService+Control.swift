internal import Synchronization

/// What the real single sign-on has no handle for: `POST /sso/control/<what>` with a form or a query.
extension SSOService {
    func control(_ name: String, _ request: SimulatedRequest) throws -> Reply {
        guard let fields = FormFields(request.body.isEmpty ? Array(request.rawQuery.utf8) : request.body) else {
            return .error(400, "The form is no valid UTF-8.")
        }
        switch name {
        case "owner": return controlOwner(fields)
        case "affiliation": return controlAffiliation(fields)
        case "revoke": return controlRevoke(fields)
        case "keys":
            let kid = try keys.rotate(keepsKid: fields["kid"] == "same", dropsOld: fields["old"] == "drop")
            return .json(["kid": .string(kid)])
        case "faults":
            do {
                feed.setPlan(try FaultPlan(parsing: fields["faults"] ?? ""))
            } catch {
                return .error(400, error.description)
            }
            let rates = feed.plan.rates.sorted { $0.key.rawValue < $1.key.rawValue }
            return .json(["faults": .object(rates.map { ($0.key.rawValue, .number(String($0.value))) })])
        default:
            return .error(404, "There is no such control; there are: affiliation, faults, keys, owner, revoke.")
        }
    }

    private static let unknown = Reply.error(400, "character is an id of this universe, or the key of one who can log in.")

    private func controlOwner(_ fields: FormFields) -> Reply {
        guard let character = fields["character"].flatMap({ roster.character(named: $0) }) else { return Self.unknown }
        sell(character.id, to: fields["owner"])
        return described(character.id)
    }

    private func controlAffiliation(_ fields: FormFields) -> Reply {
        guard let character = fields["character"].flatMap({ roster.character(named: $0) }) else { return Self.unknown }
        guard let text = fields["corporation"] else {
            roster.move(character.id, to: nil)
            return described(character.id)
        }
        guard let corporation = Int64(text).flatMap({ roster.corporation($0) }) else {
            return .error(400, "corporation is the id of one in this universe; without it the character goes home.")
        }
        var alliance = corporation.alliance.map { roster.universe.alliances[$0].id }
        if let text = fields["alliance"] {
            guard text == "none" || Int64(text).flatMap({ roster.alliance($0) }) != nil else {
                return .error(400, "alliance is the id of one in this universe, or none; without it, it is the corporation's.")
            }
            alliance = Int64(text)
        }
        roster.move(character.id, to: Roster.Affiliation(corporationID: corporation.id, allianceID: alliance))
        return described(character.id)
    }

    private func controlRevoke(_ fields: FormFields) -> Reply {
        let names = OAuthError.DeadGrant.allCases.map(\.rawValue)
        guard let reason = OAuthError.DeadGrant(rawValue: fields["error"] ?? names[0]) else {
            return .error(400, "error is one of \(names.joined(separator: ", ")).")
        }
        if let token = fields["refresh_token"] {
            return .json(["revoked": state.withLock { $0.grants.kill(token, reason) } ? 1 : 0])
        }
        guard let character = fields["character"].flatMap({ roster.character(named: $0) }) else { return Self.unknown }
        return .json(["revoked": .int(Int64(revokeAll(of: character.id, reason)))])
    }

    private func described(_ characterID: Int64) -> Reply { description(of: characterID).map { .json($0) } ?? Self.unknown }

    // MARK: What controls and tests do

    /// The character moves to another account: another owner hash, and the grants of the old owner are dead.
    func sell(_ characterID: Int64, to owner: String? = nil) {
        state.withLock { state in
            state.owners[characterID] = owner
            state.sales[characterID, default: 0] += 1
            _ = state.grants.killAll(of: characterID, .grant)
        }
    }

    func revokeAll(of characterID: Int64, _ reason: OAuthError.DeadGrant) -> Int {
        state.withLock { $0.grants.killAll(of: characterID, reason) }
    }
}
