import HTTPTypes
import KernelAPI
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite struct LoginAttemptTests {
    @Test("Who begins to link characters without end pushes out attempts of their own, and nobody's login")
    func oneAccount() async throws {
        try await IdentityBench.run { bench in
            let browser = try await bench.login(90_000_010)
            bench.character(90_000_012)
            let other = Browser(bench)
            let login = try await other.beginLogin()
            var states: [(state: String, cookie: String?)] = []
            for character in Int64(0)...Int64(LoginAttempts.mostPerAccount) {
                bench.clock.advance(by: .seconds(1))
                bench.character(90_000_100 + character)
                let start = await browser.send(.post, "/me/characters/link/start", "{}")
                states.append((try #require(start.json["redirectUrl"].text.flatMap(Browser.state)), browser[Cookies.login]))
            }
            for (number, attempt) in states.enumerated() {
                browser[Cookies.login] = attempt.cookie
                let answer = await browser.get("/auth/callback?code=code-\(90_000_100 + number)&state=\(attempt.state)")
                #expect(answer.error == (number == 0 ? "login_state_invalid" : nil), "attempt \(number)")
            }
            #expect(await other.get("/auth/callback?code=code-90000012&state=\(login)").status == 302)
        }
    }
}
