/// Where a log line comes from, in terms of the project: path from its root and package.
struct SourceFile {
    let path: String
    let package: String

    /// - Parameters:
    ///   - fileID: `#fileID`: module and file name.
    ///   - module: of a library's line, which has no place in this project.
    init(fileID: String, module: String) {
        guard let path = Self.paths[fileID] else {
            self.path = fileID
            package = module
            return
        }
        self.path = path
        package = Self.package(ofPath: path)
    }

    /// `Sources/Plugins/BattleReports/...` is `battle-reports`; `Sources/Kernel/...` is `kernel`.
    private static func package(ofPath path: String) -> String {
        let folders = path.split(separator: "/")
        let name = folders.count > 3 && folders[1] == "Plugins" ? folders[2] : folders[1]
        if name == "EVE" { return "eve" }
        var words = ""
        for character in name {
            if character.isUppercase, !words.isEmpty { words.append("-") }
            words.append(character.lowercased())
        }
        return words == "battle-scope" ? "battlescope" : words
    }
}
