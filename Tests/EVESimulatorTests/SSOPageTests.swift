import Testing

@testable import EVESimulator

@Suite("The page where a character is chosen")
struct SSOPageTests {
    /// The addresses of the links that have a text in them, as a browser would follow them.
    private static func links(_ page: TestClient.Answer) -> [String] {
        page.text.matches(of: /href="([^"]*)"/).map { String($0.output.1).replacing("&amp;", with: "&") }
    }

    @Test("it says that it is simulated, names everybody, and every choice leads back with a code")
    func choosing() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let page = try await client.get(sso.authorizePath(scopes: "publicData"))
            #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(page.text.contains("Simulated EVE SSO - no real EVE account") && page.text.contains("<li>publicData"))
            #expect(!page.text.contains("<script") && page.text.contains("name=viewport"))
            let characters = client.running.simulator.sso.characters
            #expect(characters.count == 9)
            for character in characters {
                #expect(page.text.contains(character.name) && page.text.contains(String(character.id)))
                let link = try #require(Self.links(page).first { $0.hasSuffix("&character=\(character.id)") })
                let chosen = try await client.get("/sso/v2/oauth/authorize" + link)
                let code = try #require(chosen.headers["location"]?.wholeMatch(of: /http:.*\?code=([^&]+)&state=a%26b/)?.output.1)
                let token = try #require(try await sso.exchange(String(code)).json?["access_token"]?.string)
                #expect(try await sso.verify(token)["sub"]?.string == "CHARACTER:EVE:\(character.id)")
            }
            // Not on the page, but a script may choose anybody.
            let somebody = client.running.simulator.universe.characters[100]
            #expect(try await sso.claims(String(somebody.id)).claims["name"]?.string == somebody.name)
            let portrait = try #require(page.text.firstMatch(of: /src="([^"]*)"/)?.output.1)
            #expect(try await client.get(String(portrait)).headers["content-type"] == "image/png")
        }
    }

    @Test("cancelling is access_denied; a page for phones has no script and may load nothing from elsewhere")
    func cancelling() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let page = try await client.get(sso.authorizePath())
            let cancel = try #require(Self.links(page).last)
            #expect(cancel.hasPrefix("\(sso.redirectURI)?error=access_denied&") && cancel.hasSuffix("&state=a%26b"))
            #expect(page.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
            #expect(page.text.contains("no rights"))
        }
    }

    @Test("the character that can be sold comes back with another owner")
    func selling() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let before = try await sso.claims("newowner").claims
            #expect(try await sso.claims("newowner").claims["owner"] == before["owner"])
            let page = try await client.get(sso.authorizePath())
            let link = try #require(Self.links(page).first { $0.hasSuffix("&sold=true") })
            let answer = try await client.get("/sso/v2/oauth/authorize" + link)
            let code = try #require(answer.headers["location"]?.firstMatch(of: /code=([^&]+)/)?.output.1)
            let json = try #require(try await sso.exchange(String(code)).json)
            let after = try await sso.verify(try #require(json["access_token"]?.string))
            #expect(after["sub"] == before["sub"] && after["owner"] != before["owner"])
        }
    }

    @Test("nobody is sent to an address that may be wrong, and nothing from the query becomes markup")
    func refusals() async throws {
        try await withSimulator { (client: TestClient) async throws -> Void in
            let base = "/sso/v2/oauth/authorize?response_type=code&character=fc"
            let there = "&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb"
            for query in [
                there + "&state=s", "&client_id=c&state=s", "&client_id=c" + there,
                "&client_id=c&state=s&redirect_uri=%2Fcb", "&client_id=c&state=s&redirect_uri=http%3A%2F%2Fh%2F%23x",
                "&client_id=c&state=s&redirect_uri=http%3A%2F%2Fh%2F%0D%0ASet-Cookie%3Ax",
                "&client_id=c&client_id=d&state=s" + there,
                "&client_id=c&state=%FF" + there, "&character=5&client_id=c&state=s" + there,
            ] {
                let answer = try await client.get(base + query)
                #expect(answer.status == 400 && answer.headers["location"] == nil, "\(query)")
                #expect(answer.text.contains("This login cannot begin"))
            }
            let wrongType = try await client.get("/sso/v2/oauth/authorize?response_type=token&client_id=c&state=s" + there)
            #expect(wrongType.headers["location"]?.hasPrefix("http://127.0.0.1/cb?error=unsupported_response_type&") == true)
            let plain = try await client.get(
                base + "&client_id=c&state=s" + there + "&code_challenge=abc&code_challenge_method=plain")
            #expect(plain.headers["location"]?.contains("error=invalid_request") == true)
            let page = try await client.get("/sso/v2/oauth/authorize?response_type=code&client_id=%3Cb%3E%22x&state=s" + there)
            #expect(page.text.contains("&lt;b&gt;&quot;x") && !page.text.contains("<b>"))
            // A client may send what it ought to have encoded.
            let wanted = try AuthorizationRequest(try #require(FormFields("response_type=code&client_id=c&state=s" + there)))
            let choice = LoginPage.Choice(
                character: client.running.simulator.sso.characters[0], corporation: "<b>", alliance: "<b>")
            let raw = LoginPage(request: wanted, rawQuery: "state=\"><i>", choices: [choice]).reply.body
            #expect(
                !String(decoding: raw, as: UTF8.self).contains("<b>") && !String(decoding: raw, as: UTF8.self).contains("<i>"))
        }
    }
}
