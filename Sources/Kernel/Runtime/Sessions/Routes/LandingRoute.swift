import HTTPTypes
import KernelAPI

/// `/` as long as no app is served there: what this is, and the way in.
struct LandingRoute: Sendable {
    let authenticator: any Authenticator
    let isSimulated: Bool

    var route: MountedRoute {
        MountedRoute(
            .get("/", "What this is, and the way in", policy: .open(because: "one is not logged in yet")) {
                (_: NoInput, request) in
                let head = RequestHead(method: .get, path: "/", headers: request.headers, clientAddress: request.clientAddress)
                // The page is the same for whoever may not come in: it says so when they try.
                return page(for: try? await authenticator.principal(of: head))
            }, of: MountedRoute.kernel)
    }

    private func page(for principal: Principal?) -> PlainPage {
        let way =
            principal.map { principal in
                """
                <p>You are logged in as <strong>\(PlainPage.escape(principal.displayName))</strong>.</p>
                <form method="post" action="/auth/logout"><button class="button">Log out</button></form>
                """
            } ?? #"<p><a class="button" href="/auth/login">Log in with EVE Online</a></p>"#
        return PlainPage(
            title: "BattleScope",
            body: """
                <h1>BattleScope</h1>
                <p>Battle reports for EVE Online: it follows the public killmail feed and tells which kills were one battle,
                who stood on which side, and what was lost.</p>
                \(way)
                <p class="soft">The login says which character is yours, and nothing else: no password comes here.</p>
                """, isSimulated: isSimulated)
    }
}
