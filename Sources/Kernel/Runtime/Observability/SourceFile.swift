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
        let words = kebabCase(name)
        return words == "battle-scope" ? "battlescope" : words
    }

    /// `BattleReports` is `battle-reports`, `EVESimulator` is `eve-simulator`: a word begins at a capital after or before a
    /// small letter.
    private static func kebabCase(_ name: Substring) -> String {
        let letters = Array(name)
        var words = ""
        for (index, letter) in letters.enumerated() {
            let endsAcronym = index + 1 < letters.count && letters[index + 1].isLowercase
            if letter.isUppercase, index > 0, letters[index - 1].isLowercase || endsAcronym { words.append("-") }
            words.append(letter.lowercased())
        }
        return words
    }
}
