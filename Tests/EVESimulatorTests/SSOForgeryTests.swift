import Testing

@testable import EVESimulator

@Suite("Tokens that no honest single sign-on would mint")
struct SSOForgeryTests {
    @Test("without overrides a minted token is like an honest one")
    func honest() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let fc = try #require(client.running.simulator.sso.character("fc"))
            var honest = try await sso.claims("fc", scopes: "publicData").claims
            var minted = try await sso.verify(
                try client.running.simulator.sso.token(character: fc.id, client: sso.id, scopes: ["publicData"]))
            #expect(minted["jti"] != honest["jti"])
            minted["jti"] = nil
            honest["jti"] = nil
            #expect(minted == honest)
            _ = try await sso.verify(try client.running.simulator.sso.token(client: sso.id, signature: .es256))
        }
    }

    @Test("claims and header are set, replaced and removed, and the signature covers them")
    func overrides() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let token = try client.running.simulator.sso.token(
                client: sso.id, header: ["typ": nil, "crit": ["x"]],
                claims: ["iss": "https://evil.example", "aud": ["another"], "azp": nil, "exp": 1, "extra": ["deep": true]])
            let header = try #require(SSOClient.part(0, of: token))
            #expect(header == ["alg": "RS256", "kid": "JWT-Signature-Key", "crit": ["x"]])
            let claims = try await sso.verify(token)
            #expect(claims["iss"] == "https://evil.example" && claims["aud"] == ["another"] && claims["azp"] == nil)
            #expect(claims["exp"] == 1 && claims["extra"] == ["deep": true])
        }
    }

    @Test("unsigned, signed with the public key as a secret, and signed by a stranger: none verifies")
    func signatures() async throws {
        try await withSimulator { client in
            let mint = client.running.simulator.sso
            let unsigned = try mint.token(client: "c", signature: .none)
            #expect(unsigned.hasSuffix(".") && SSOClient.part(0, of: unsigned)?["alg"] == "none")
            #expect(SSOClient.part(0, of: try mint.token(client: "c", signature: .hs256))?["alg"] == "HS256")
            let stranger = try mint.token(client: "c", signature: .stranger)
            #expect(SSOClient.part(0, of: stranger) == ["alg": "RS256", "kid": "JWT-Signature-Key", "typ": "JWT"])
            for signature in [SimulatedSSO.Signature.none, .hs256, .stranger] {
                let token = try mint.token(client: "c", signature: signature)
                await #expect(throws: (any Error).self) { try await SSOClient(client).verify(token) }
            }
        }
    }

    @Test("what a control does a test can do: sell, move, revoke, rotate")
    func handles() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let handle = client.running.simulator.sso
            let fc = try #require(handle.character("fc"))
            let token = try #require(try await sso.claims("fc", scopes: "publicData").refreshToken)
            #expect(handle.revokeAll(of: fc.id) == 1)
            #expect(try await sso.refresh(token).status == 400)
            let owner = handle.owner(of: fc.id)
            handle.sell(fc.id)
            #expect(handle.owner(of: fc.id) != owner)
            handle.move(fc.id, toCorporation: 98_500_005, alliance: nil)
            #expect(
                try await client.post("/esi/characters/affiliation", "[\(fc.id)]").text
                    == "[{\"character_id\":\(fc.id),\"corporation_id\":98500005}]")
            let kid = try handle.rotateKeys()
            #expect(try handle.keySet().contains(kid))
            #expect(try await sso.claims("fc").claims["kid"]?.string == kid)
        }
    }
}
