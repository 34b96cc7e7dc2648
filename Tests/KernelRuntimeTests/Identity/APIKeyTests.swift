import Foundation
import HTTPTypes
import KernelAPI
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite struct APIKeyTests {
    private func make(_ browser: Browser, _ features: String = #"["alpha"]"#, days: Int = 30) async -> BenchAnswer {
        await browser.send(.post, "/me/api-keys", #"{"name":"Script","features":\#(features),"expiresInDays":\#(days)}"#)
    }

    private func bearer(_ key: String?) -> HTTPFields { [.authorization: "Bearer \(key ?? "")"] }

    private func pilot(_ bench: IdentityBench) async throws -> Browser {
        let admin = try #require(try await bench.principal(try await bench.login(IdentityBench.superAdmin)))
        let browser = try await bench.login(90_000_010)
        _ = try await bench.identity.accounts.setRoles(
            ["alpha": .fc, "beta": .fc], of: try await bench.account(of: 90_000_010).id, by: admin, actor: .system)
        return browser
    }

    @Test("A key is shown once, opens its features with the account's role, and nothing else")
    func scope() async throws {
        try await IdentityBench.run { bench in
            let browser = try await pilot(bench)
            let made = await make(browser)
            let key = try #require(made.json["key"].text)
            #expect(made.status == 201 && key.hasPrefix("bsk_") && key.utf8.count == 47)
            let listed = await browser.get("/me/api-keys")
            #expect(listed.json["items"][0]["name"].text == "Script" && !listed.text.contains(key))
            #expect(await bench.send(.get, "/alphas", headers: bearer(key)).status == 200)
            // No page of anybody's sends a key by itself, so there is no origin to check.
            #expect(await bench.send(.post, "/alphas", headers: bearer(key)).status == 204)
            for (method, path) in [
                (HTTPRequest.Method.get, "/betas"), (.get, "/me"), (.post, "/me/api-keys"), (.post, "/auth/logout"),
            ] {
                let answer = await bench.send(method, path, headers: bearer(key), body: method == .post ? "{}" : "")
                #expect(answer.status == 403 && answer.error == "api_key_not_valid_here", "\(path)")
            }
            #expect(try await bench.audit(.keyCreated).count == 1)
        }
    }

    @Test("A key that is revoked, expired, altered or nobody's is 401")
    func ends() async throws {
        try await IdentityBench.run { bench in
            let browser = try await pilot(bench)
            let (first, second) = (await make(browser), await make(browser, days: 1))
            let id = first.json["id"].text ?? ""
            #expect(await browser.send(.delete, "/me/api-keys/\(id)").status == 204)
            #expect(await browser.send(.delete, "/me/api-keys/\(id)").status == 404)
            bench.clock.advance(by: .seconds(86_400))
            for key in [
                first.json["key"].text, second.json["key"].text, "bsk_" + SecretToken.random().text, "bsk_", "x",
                SecretToken.random().text,
            ] {
                let answer = await bench.send(.get, "/alphas", headers: bearer(key))
                #expect(answer.status == 401 && answer.error == "invalid_api_key")
            }
            #expect(try await bench.audit(.keyRevoked).count == 1)
        }
    }

    @Test("A key has no more rights than its account has now, and another scheme is not ours")
    func rights() async throws {
        try await IdentityBench.run { bench in
            let browser = try await pilot(bench)
            let key = await make(browser).json["key"].text
            let admin = try #require(try await bench.principal(try await bench.login(IdentityBench.superAdmin)))
            let account = try await bench.account(of: 90_000_010).id
            _ = try await bench.identity.accounts.setRole(.user, on: "alpha", of: account, by: admin, actor: .system)
            #expect(await bench.send(.post, "/alphas", headers: bearer(key)).error == "insufficient_role")
            #expect(await bench.send(.get, "/alphas", headers: [.authorization: "Basic eDp5"]).error == "not_signed_in")
            _ = try await bench.identity.accounts.block(account, reason: "x", by: admin, actor: .system)
            #expect(await bench.send(.get, "/alphas", headers: bearer(key)).error == "account_blocked")
        }
    }

    @Test("A key names features that exist, has a name and an end, and there are twenty at most")
    func bounds() async throws {
        try await IdentityBench.run { bench in
            let browser = try await pilot(bench)
            #expect(await make(browser, #"["gamma"]"#).status == 400)
            #expect(await make(browser, "[]").status == 400)
            #expect(await make(browser, #"["alpha","alpha"]"#).status == 400)
            #expect(await make(browser, days: 366).status == 400)
            #expect(await browser.send(.post, "/me/api-keys", #"{"features":["alpha"]}"#).status == 400)
            for _ in 0..<APIKeys.most { #expect(await make(browser).status == 201) }
            #expect(await make(browser).error == "too_many_api_keys")
        }
    }

    @Test("The use of a key is written down, at most once a minute")
    func use() async throws {
        try await IdentityBench.run { bench in
            let browser = try await pilot(bench)
            let key = await make(browser).json["key"].text
            let first = bench.clock.now
            for _ in 0..<3 {
                _ = await bench.send(.get, "/alphas", headers: bearer(key))
                bench.clock.advance(by: .seconds(29))
            }
            let used = await browser.get("/me/api-keys").json["items"][0]["lastUsedAt"].text
            #expect(used == first.iso8601)
        }
    }
}
