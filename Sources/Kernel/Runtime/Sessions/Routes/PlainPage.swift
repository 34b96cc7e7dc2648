import Crypto
import Foundation
import HTTPTypes
import KernelAPI

/// A page of the kernel's own, for browsers that have no app yet: text and links, no script, nothing from elsewhere.
struct PlainPage: RouteOutput {
    static let answers = [AnswerDescription(.ok, "text/html; charset=utf-8", .text())]

    var status = HTTPResponse.Status.ok
    let title: String
    /// HTML.
    let body: String
    var headers: HTTPFields = [:]
    /// Says that nothing here is the real EVE Online.
    var isSimulated = false

    func response() -> Response {
        let banner = isSimulated ? "<p class=\"banner\">Simulated New Eden: no real EVE Online account is involved</p>" : ""
        let html = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Self.escape(title))</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            \(banner)
            <main>
            \(body)
            </main>
            <footer>EVE Online and the EVE logo are registered trademarks of CCP hf.
            BattleScope is not affiliated with CCP hf.</footer>
            </body>
            </html>

            """
        var answer = Response(status: status, headers: headers, body: Array(html.utf8))
        answer.headers[.contentType] = "text/html; charset=utf-8"
        answer.headers[.cacheControl] = "no-store"
        answer.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src '\(Self.styleHash)'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        // The address of the callback holds a code.
        answer.headers[.referrerPolicy] = "no-referrer"
        return answer
    }

    /// Text as it may stand in HTML, in attributes too.
    static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing(
            "\"", with: "&quot;"
        )
        .replacing("'", with: "&#39;")
    }

    private static let style = """
        :root{color-scheme:dark light;--back:#0b0e14;--text:#e6ebf2;--soft:#a3b0c2;--glow:#e8b23a;--ink:#17120a}
        @media (prefers-color-scheme:light){:root{--back:#f6f7f9;--text:#1a2130;--soft:#4a5668}}
        *{box-sizing:border-box}
        body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--back);color:var(--text);\
        font:1.0625rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
        main{flex:1;width:100%;max-width:42rem;margin:0 auto;padding:4rem 1.25rem 2rem}
        h1{margin:0 0 1rem;font-size:2.25rem;line-height:1.15}
        p{margin:0 0 1rem}a{color:inherit}
        .banner{margin:0;padding:.6rem 1rem;background:var(--glow);color:var(--ink);text-align:center;font-weight:700}
        .button{display:inline-block;margin:.5rem .75rem .5rem 0;padding:.75rem 1.5rem;border:0;border-radius:.5rem;\
        background:var(--glow);color:var(--ink);font:inherit;font-weight:650;text-decoration:none;cursor:pointer}
        :focus-visible{outline:3px solid currentcolor;outline-offset:3px}
        .soft,footer{color:var(--soft);font-size:.9rem}
        form{display:inline}
        footer{width:100%;max-width:42rem;margin:0 auto;padding:1.25rem}
        """
    private static let styleHash = "sha256-" + Data(SHA256.hash(data: Array(style.utf8))).base64EncodedString()
}
