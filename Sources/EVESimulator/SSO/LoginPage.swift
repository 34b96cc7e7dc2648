/// Where somebody chooses who to be. One page without scripts; it says what it is before anything else.
struct LoginPage {
    struct Choice {
        let character: LoginCharacter
        let corporation: String
        let alliance: String
    }

    static let notice = "Simulated EVE SSO - no real EVE account"

    let request: AuthorizationRequest
    /// Goes into every link, so that the choice comes back with all that the client has sent.
    let rawQuery: String
    let choices: [Choice]

    var reply: Reply {
        let scopes =
            request.scopes.isEmpty
            ? "<p>It asks for <strong>no rights</strong>, only who you are.</p>"
            : "<p>It asks for:</p><ul class=scopes>"
                + request.scopes.map { "<li>\(Self.escape($0))" }.joined() + "</ul>"
        return Self.page(
            title: "Choose a character", status: 200,
            main: """
                <h1>Choose a character</h1>
                <p>The application <strong>\(Self.escape(request.clientID))</strong> wants to know who you are.</p>
                \(scopes)
                <ol class=choices>
                \(choices.map(card).joined(separator: "\n"))
                </ol>
                <p class=back><a class=button href="\(Self.escape(request.cancelled))">Cancel and go back</a></p>
                """)
    }

    /// Nobody is sent anywhere, since the address may be wrong as well.
    static func refusal(_ reason: String) -> Reply {
        page(
            title: "This login cannot begin", status: 400,
            main: """
                <h1>This login cannot begin</h1>
                <p>\(escape(reason))</p>
                <p>The application that sent you here has made a mistake. Nothing has happened.</p>
                """)
    }

    private func card(_ choice: Choice) -> String {
        let character = choice.character
        let query = "?\(rawQuery)&character=\(character.id)"
        let sale =
            character.key == "newowner"
            ? "<a class=sale href=\"\(Self.escape(query + "&sold=true"))\">Sell \(Self.escape(character.name)) first, "
                + "then log in as the new owner</a>" : ""
        return """
            <li><a class=choice href="\(Self.escape(query))">\
            <img src="/images/characters/\(character.id)/portrait?size=128" alt="" width=64 height=64>\
            <span class=who><span class=name>\(Self.escape(character.name))</span>\
            <span class=where>\(Self.escape(choice.corporation))</span>\
            <span class=where>\(Self.escape(choice.alliance))</span>\
            <span class=id>\(character.id)</span>\
            <span class=use>\(Self.escape(character.goodFor))</span></span></a>\(sale)
            """
    }

    private static func page(title: String, status: Int, main: String) -> Reply {
        let text = """
            <!DOCTYPE html>
            <html lang=en>
            <head>
            <meta charset=utf-8>
            <meta name=viewport content="width=device-width, initial-scale=1">
            <meta name=robots content=noindex>
            <title>\(title) - \(notice)</title>
            <style>\(style)</style>
            </head>
            <body>
            <div class=notice role=note>\(notice)</div>
            <main>
            \(main)
            </main>
            <footer>Everybody here is invented. No password, no account, nothing leaves this machine.</footer>
            </body>
            </html>

            """
        return Reply(
            status: status,
            headers: [
                ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
                ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"),
                ("Referrer-Policy", "no-referrer"),
            ], body: Array(text.utf8))
    }

    private static func escape(_ text: String) -> String {
        text.reduce(into: "") { output, character in
            switch character {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            default: output.append(character)
            }
        }
    }
}
