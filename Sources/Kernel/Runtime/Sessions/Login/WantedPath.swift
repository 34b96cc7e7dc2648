import KernelAPI

/// Where somebody wants to be after the login: a path on this server, whatever a link from elsewhere says.
struct WantedPath: Sendable, Hashable {
    let text: String

    static let root = WantedPath(text: "/")
    static let longest = 2_048

    /// A path, and perhaps a query or a fragment: printable ASCII, no backslash, no two slashes side by side in the path.
    static let form = TextForm(
        pattern: #"^/([!-"$-.0->@-\[\]-~]+(/[!-"$-.0->@-\[\]-~]+)*/?)?([?#][!-\[\]-~]*)?$"#,
        expected: "a path of this server, such as /battles"
    ) { WantedPath($0) != nil }

    private init(text: String) { self.text = text }

    /// - Returns: `nil` for what a browser might take for another server's address, or must not be in a header.
    init?(_ text: String) {
        let path = text.prefix { $0 != "?" && $0 != "#" }
        guard text.utf8.count <= Self.longest, text.hasPrefix("/"), !path.contains("//"), !text.contains("\\"),
            text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) })
        else { return nil }
        self.text = text
    }
}
