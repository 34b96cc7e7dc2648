import Crypto
import Foundation
import HTTPTypes
import KernelAPI

/// The API as a page: one entry per route, grouped by plugin. No script, nothing from elsewhere.
struct OpenAPIPage {
    let routes: [MountedRoute]
    let version: String

    var bytes: [UInt8] {
        var html = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>BattleScope API</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <h1>BattleScope API</h1>
            <p>Version \(Self.escape(version)). For programs: <a href="openapi.json">openapi.json</a>. Every path can be asked for
            with <code>/api</code> in front. Programs send an API key: <code>Authorization: Bearer bsk_...</code></p>

            """
        var plugins: [PluginName] = []
        for route in routes where !plugins.contains(route.plugin) { plugins.append(route.plugin) }
        for plugin in plugins {
            html += "<section>\n<h2>\(Self.escape(plugin.rawValue))</h2>\n"
            let own = routes.filter { $0.plugin == plugin }
            for route in own.sorted(by: { ($0.route.path, $0.route.method.rawValue) < ($1.route.path, $1.route.method.rawValue) })
            {
                html += Self.entry(route)
            }
            html += "</section>\n"
        }
        return Array((html + "</body>\n</html>\n").utf8)
    }

    private static func entry(_ mounted: MountedRoute) -> String {
        let route = mounted.route
        var html = """
            <details id="\(OpenAPIOperation(mounted: mounted).id)">
            <summary><code class="method">\(route.method.rawValue)</code> <code>\(escape(route.path))</code>
            <span>\(escape(route.summary))</span></summary>
            <p>For \(escape(route.policy.description)).</p>

            """
        let parameters = route.description.parameters()
        if !parameters.isEmpty {
            html += table(
                "Parameters",
                parameters.map { parameter in
                    var form = text(parameter.schema)
                    if case .array(let item, _, let most, _) = parameter.schema {
                        form = text(item) + (most.map { ", up to \($0) times" } ?? ", several times")
                    }
                    return (parameter.name, "\(parameter.place.rawValue): \(form)")
                })
        }
        if let body = route.description.body { html += members("Body", body()) }
        for answer in mounted.answers {
            let kind = answer.contentType.map { " \($0)" } ?? ""
            let title = "\(answer.status.code) \(answer.status.reasonPhrase)\(kind)"
            html += answer.schema.map { members(title, $0) } ?? "<h3>\(escape(title))</h3>\n"
        }
        let problems = mounted.problemStatuses.map { String($0) }.joined(separator: ", ")
        return html + "<p>Problems: \(problems)</p>\n</details>\n"
    }

    private static func members(_ title: String, _ schema: JSONSchema) -> String {
        switch schema {
        case .object(let properties):
            table(
                title,
                properties.map { property in
                    let form = text(property.schema) + (property.isRequired ? "" : ", can be left out")
                    return (property.name, property.summary.map { "\(form). \($0)" } ?? form)
                })
        case .named(let name, let inner): members("\(title): \(name)", inner())
        case .any: "<h3>\(escape(title))</h3>\n"
        default: "<h3>\(escape(title))</h3>\n<p>\(escape(text(schema)))</p>\n"
        }
    }

    /// A form in words: `text, at most 100 characters, or null`.
    private static func text(_ schema: JSONSchema) -> String {
        switch schema {
        case .text(_, let choices?, _, _): choices.joined(separator: " | ")
        case .text(_, nil, let length?, _): "text of \(length.lowerBound) to \(length.upperBound) characters"
        case .text("int64"?, nil, nil, _): "number as text"
        case .text(let format, nil, nil, _): format ?? "text"
        case .integer(let range?) where range.upperBound < .max: "\(range.lowerBound) to \(range.upperBound)"
        case .integer: "number"
        case .number: "number with a fraction"
        case .boolean: "true | false"
        case .array(let item, _, let most, _): "list\(most.map { " of at most \($0)" } ?? "") of (\(text(item)))"
        case .dictionary(let value, let most): "up to \(most) members by name, each \(text(value))"
        case .either(let schemas): schemas.map(text).joined(separator: " | ")
        case .object(let properties): "{ \(properties.map(\.name).joined(separator: ", ")) }"
        case .named(_, let inner): text(inner())
        case .nullable(let inner): "\(text(inner)) | null"
        case .any: "any JSON"
        }
    }

    private static func table(_ title: String, _ rows: [(String, String)]) -> String {
        let lines = rows.map { "<tr><th scope=\"row\"><code>\(escape($0.0))</code></th><td>\(escape($0.1))</td></tr>\n" }
        return "<h3>\(escape(title))</h3>\n<table>\n\(lines.joined())</table>\n"
    }

    private static func escape(_ text: String) -> String { PlainPage.escape(text) }

    private static let style = """
        :root{color-scheme:dark light}
        body{margin:0 auto;max-width:60rem;padding:2rem 1.25rem;font:1rem/1.5 system-ui,sans-serif}
        details{border-top:1px solid color-mix(in srgb,currentcolor 25%,transparent);padding:.5rem 0}
        summary{cursor:pointer}summary span{opacity:.8;margin-left:.5rem}
        .method{display:inline-block;min-width:4rem;font-weight:700}
        table{border-collapse:collapse;width:100%}
        th,td{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0;font-weight:400}
        h3{margin:1rem 0 .25rem;font-size:1rem}
        :focus-visible{outline:3px solid currentcolor;outline-offset:3px}
        """

    /// Lets the page have its own style, and nothing else.
    static let securityPolicy =
        "default-src 'none'; style-src 'sha256-" + Data(SHA256.hash(data: Array(style.utf8))).base64EncodedString()
        + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
