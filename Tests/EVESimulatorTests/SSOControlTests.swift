import Testing

@testable import EVESimulator

@Suite("Controls of the single sign-on, and the people it knows")
struct SSOControlTests {
    @Test("the people of seed 1 are always the same, and each has a corporation and a purpose")
    func people() async throws {
        try await withSimulator { client in
            let list = try #require(try await client.get("/sso/characters").json?.array)
            #expect(
                list.map { $0["key"]?.string } == [
                    "superadmin", "director", "fc", "member", "member2", "outsider", "independent", "blocked", "newowner",
                ])
            #expect(
                list.map { $0["id"]?.int } == [
                    2_115_500_001, 2_115_500_002, 2_115_500_030, 2_115_500_003, 2_115_500_031, 2_115_500_129, 2_115_503_994,
                    2_115_500_004, 95_500_032,
                ])
            #expect(list.allSatisfy { $0["corporation"]?["ticker"]?.string != nil && $0["goodFor"]?.string?.isEmpty == false })
            let alliances = list.map { $0["alliance"]?["id"]?.int }
            #expect(
                alliances == [
                    99_500_001, 99_500_001, 99_500_001, 99_500_001, 99_500_001, 99_500_002, nil, 99_500_001, 99_500_001,
                ])
            #expect(list[0]["corporation"] == list[3]["corporation"] && list[0]["corporation"] != list[4]["corporation"])
            #expect(try await client.get("/sso/characters/fc").json == list[2])
            #expect(try await client.get("/sso/characters/2115500030").json == list[2])
            #expect(try await client.get("/sso/characters/nobody").status == 404)
        }
    }

    @Test("ESI knows them: affiliation, details, names; also beside a recording")
    func esi() async throws {
        try await withTemporaryFile(
            "{\"killmail_id\":1,\"killmail_time\":\"2024-03-26T00:00:00Z\",\"solar_system_id\":31000101,"
                + "\"victim\":{\"ship_type_id\":85001,\"damage_taken\":1},\"attackers\":[{\"damage_done\":1}]}"
        ) { file in
            for isReplay in [false, true] {
                try await withSimulator(configure: { if isReplay { $0.source = .replay(file: file, names: nil) } }) { client in
                    for character in client.running.simulator.sso.characters {
                        let description = try #require(try await client.get("/sso/characters/\(character.key)").json)
                        let corporation = try #require(description["corporation"]?["id"]?.int)
                        let alliance = description["alliance"]?["id"]?.int
                        let affiliation = try await client.post("/esi/characters/affiliation", "[\(character.id)]").json?.array?
                            .first
                        #expect(
                            affiliation?["corporation_id"]?.int == corporation && affiliation?["alliance_id"]?.int == alliance)
                        let details = try await client.get("/esi/characters/\(character.id)").json
                        #expect(details?["name"]?.string == character.name && details?["alliance_id"]?.int == alliance)
                        let ids = ([character.id, corporation] + [alliance].compactMap { $0 }).map(String.init)
                        let names = try await client.post("/esi/universe/names", "[\(ids.joined(separator: ","))]").json?.array
                        #expect(names?.first?["name"]?.string == character.name)
                        #expect(names?[1]["name"]?.string == description["corporation"]?["name"]?.string)
                    }
                }
            }
        }
    }

    @Test("affiliation takes 1 to 1000 different ids, leaves unknown ones out, and may be kept for an hour")
    func affiliation() async throws {
        try await withSimulator { client in
            let known = client.running.simulator.universe.characters.prefix(999).map(\.id)
            let list = ([5] + known).map(String.init).joined(separator: ",")
            let answer = try await client.post("/esi/characters/affiliation", "[\(list)]")
            #expect(Set(answer.json?.array?.compactMap { $0["character_id"]?.int } ?? []) == Set(known))
            #expect(answer.headers["cache-control"] == "public, max-age=3600")
            #expect(answer.headers["expires"] == Timestamp.http(Int64(client.clock.now) + 3600))
            #expect(try await client.post("/esi/characters/affiliation", "[5]").text == "[]")
            for wrong in ["[]", "[\(list),7]", "[\(known[0]),\(known[0])]", "[\"x\"]", "{}"] {
                #expect(try await client.post("/esi/characters/affiliation", wrong).status == 400)
            }
        }
    }

    @Test("a character that changes hands has another owner hash, and its old grants are dead")
    func owner() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let (before, token) = try await sso.claims("member", scopes: "publicData")
            let code = try await sso.login("member")
            let other = try await sso.claims("fc", scopes: "publicData")
            let sold = try await client.control("owner", "character=member")
            #expect(sold["owner"] != before["owner"] && sold["name"] == before["name"])
            let dead = try await sso.refresh(try #require(token))
            #expect(dead.text.contains("Character grant missing/expired."))
            #expect(try await sso.exchange(code).json?["error"] == "invalid_grant")
            let after = try await sso.claims("member").claims
            #expect(after["owner"] == sold["owner"])
            #expect(try await client.control("owner", "character=member&owner=chosen%3D")["owner"] == "chosen=")
            #expect(try await sso.claims("member").claims["owner"] == "chosen=")
            // Nobody else is affected.
            #expect(try await sso.refresh(try #require(other.refreshToken)).status == 200)
        }
    }

    @Test("a character can be moved to another corporation, out of its alliance, and home again")
    func moving() async throws {
        try await withSimulator { client in
            let universe = client.running.simulator.universe
            let fc = try #require(client.running.simulator.sso.character("fc"))
            func esi() async throws -> [Int64?] {
                let affiliation = try await client.post("/esi/characters/affiliation", "[\(fc.id)]").json?.array?.first
                let details = try await client.get("/esi/characters/\(fc.id)").json
                #expect(affiliation?["corporation_id"] == details?["corporation_id"])
                #expect(affiliation?["alliance_id"] == details?["alliance_id"])
                return [affiliation?["corporation_id"]?.int, affiliation?["alliance_id"]?.int]
            }
            let home = try await esi()
            let target = try #require(universe.alliances.last)
            let corporation = universe.corporations[target.corporations[0]]
            let moved = try await client.control("affiliation", "character=fc&corporation=\(corporation.id)")
            #expect(moved["alliance"]?["id"]?.int == target.id)
            #expect(try await esi() == [corporation.id, target.id])
            _ = try await client.control("affiliation", "character=fc&corporation=\(corporation.id)&alliance=none")
            #expect(try await esi() == [corporation.id, nil])
            _ = try await client.control("affiliation", "character=fc&corporation=\(corporation.id)&alliance=99500002")
            #expect(try await esi() == [corporation.id, 99_500_002])
            _ = try await client.control("affiliation", "character=fc")
            #expect(try await esi() == home)
            for wrong in ["character=fc&corporation=5", "character=fc&corporation=\(corporation.id)&alliance=5", "corporation=1"]
            {
                #expect(try await client.send("/sso/control/affiliation", method: "POST", body: wrong).status == 400)
            }
        }
    }

    @Test("a grant can be killed, with the answer of one's choice")
    func revoking() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            func refusal(_ error: String, _ what: String) -> String {
                "{\"error\":\"\(error)\",\"error_description\":\"Invalid refresh token. \(what) missing/expired.\"}"
            }
            let answers = [
                "token-missing": refusal("invalid_grant", "Token"), "grant-missing": refusal("invalid_grant", "Character grant"),
                "invalid-token": refusal("invalid_token", "Token"),
                "no-description": "{\"error\":\"invalid_grant\"}",
            ]
            for (reason, text) in answers {
                let token = try #require(try await sso.claims("fc", scopes: "publicData").refreshToken)
                let second = try #require(try await sso.claims("fc", scopes: "publicData").refreshToken)
                #expect(
                    try await client.control("revoke", "refresh_token=\(FormFields.encode(token))&error=\(reason)")["revoked"]
                        == 1)
                #expect(try await sso.refresh(token).text == text)
                #expect(try await sso.refresh(second).status == 200)
                #expect(try await client.control("revoke", "character=fc&error=\(reason)")["revoked"] == 1)
                #expect(try await sso.refresh(second).text == text)
            }
            #expect(try await client.control("revoke", "character=fc")["revoked"] == 0)
            #expect(try await client.send("/sso/control/revoke?character=fc&error=x", method: "POST").status == 400)
            #expect(try await client.send("/sso/control/nonsense", method: "POST").status == 404)
            #expect(try await client.send("/sso/control/keys").status == 404)
        }
    }

    @Test("keys rotate: the new one signs, old ones stay in the set or leave it, and a kid can be taken over")
    func keys() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let old = try client.running.simulator.sso.token(client: sso.id)
            func kids() async throws -> [String?] {
                try await client.get("/sso/oauth/jwks").json?["keys"]?.array?.filter { $0["alg"] == "RS256" }.map {
                    $0["kid"]?.string
                }
                    ?? []
            }
            #expect(try await client.control("keys", "")["kid"] == "JWT-Signature-Key-2")
            #expect(try await kids() == ["JWT-Signature-Key", "JWT-Signature-Key-2"])
            #expect(try await sso.claims("fc").claims["kid"] == "JWT-Signature-Key-2")
            _ = try await sso.verify(old)
            let before = try await client.get("/sso/oauth/jwks").text
            #expect(try await client.control("keys", "kid=same")["kid"] == "JWT-Signature-Key-2")
            #expect(try await kids() == ["JWT-Signature-Key", "JWT-Signature-Key-2"])
            #expect(try await client.get("/sso/oauth/jwks").text != before)
            #expect(try await client.control("keys", "old=drop")["kid"] == "JWT-Signature-Key-4")
            #expect(try await kids() == ["JWT-Signature-Key-4"])
            await #expect(throws: (any Error).self) { try await SSOClient(client).verify(old) }
            for _ in 0..<6 { _ = try await client.control("keys", "") }
            #expect(try await kids().count == 4)
        }
    }

    @Test("faults are chosen while it runs")
    func faults() async throws {
        try await withSimulator { client in
            let chosen = try await client.control("faults", "faults=sso-es256%3D1%2Creorder")
            #expect(chosen == ["faults": ["reorder": .number("0.01"), "sso-es256": .number("1.0")]])
            let sso = SSOClient(client)
            #expect(try await sso.claims("fc").claims["kid"]?.string?.hasPrefix("8878a23f") == true)
            #expect(try await client.control("faults", "faults=none") == ["faults": [:]])
            #expect(try await sso.claims("fc").claims["kid"] == "JWT-Signature-Key")
            #expect(try await client.send("/sso/control/faults", method: "POST", body: "faults=x").status == 400)
        }
    }
}
