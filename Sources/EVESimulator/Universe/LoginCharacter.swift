/// Somebody who is offered at the simulated login: a pilot of the invented universe with a part to play. Pilots fly in
/// its fights like all others, so that who logs in finds himself on killmails.
public struct LoginCharacter: Sendable, Identifiable {
    /// Short and the same for every seed, for scripts: `superadmin`, `fc`.
    public let key: String
    /// The same for the same seed.
    public let id: Int64
    public let name: String
    /// What to try with this character; a sentence for people.
    public let goodFor: String
}

/// The parts. Nobody has rights because of a name: who becomes what is for the client to decide.
extension Universe {
    private enum Home {
        /// Of the corporations of the first alliance.
        case allied(corporation: Int)
        case otherAlliance, noAlliance
    }

    private struct Part {
        let key: String
        let name: String
        let home: Home
        let goodFor: String
    }

    private static let parts = [
        Part(
            key: "superadmin", name: "Sola Superadmin", home: .allied(corporation: 0),
            goodFor: "The first superadmin: put this id into BATTLESCOPE_SUPERADMINS before the first login."),
        Part(
            key: "director", name: "Dira Director", home: .allied(corporation: 0),
            goodFor: "To be made director of a feature: edits what others wrote, changes settings."),
        Part(
            key: "fc", name: "Fenn Commander", home: .allied(corporation: 1),
            goodFor: "To be made fc of a feature: corrects battles."),
        Part(
            key: "member", name: "Mika Member", home: .allied(corporation: 0),
            goodFor: "An ordinary member of the first corporation: looks, and is refused the rest."),
        Part(
            key: "member2", name: "Milo Member", home: .allied(corporation: 1),
            goodFor: "An ordinary member of another corporation of the same alliance; a second character to link."),
        Part(
            key: "outsider", name: "Otto Outsider", home: .otherAlliance,
            goodFor: "Of another alliance: refused once only the first alliance is allowed, or this one is denied."),
        Part(
            key: "independent", name: "Inga Independent", home: .noAlliance,
            goodFor: "In a corporation without alliance: alliance_id is absent everywhere."),
        Part(
            key: "blocked", name: "Bram Blocked", home: .allied(corporation: 0),
            goodFor: "To be blocked by an administrator: is told so at the next request and at the next login."),
        Part(
            key: "newowner", name: "Nova Newowner", home: .allied(corporation: 1),
            goodFor: "Log in, then sell the character: the same character comes back with another owner."),
    ]

    /// Gives the first members of some corporations a name and a part. Ids and everybody else stay as they are.
    mutating func castLogins() {
        var taken: [Int: Int] = [:]
        for part in Self.parts {
            guard let corporation = corporation(of: part.home) else { continue }
            let member = taken[corporation, default: 0]
            guard member < corporations[corporation].members.count else { continue }
            taken[corporation] = member + 1
            let index = corporations[corporation].members[member]
            characters[index].name = part.name
            loginCharacters.append(
                LoginCharacter(key: part.key, id: characters[index].id, name: part.name, goodFor: part.goodFor))
        }
    }

    private func corporation(of home: Home) -> Int? {
        switch home {
        case .allied(let corporation): alliances[0].corporations[corporation]
        case .otherAlliance: alliances[1].corporations[0]
        case .noAlliance: corporations.firstIndex { $0.alliance == nil }
        }
    }
}
