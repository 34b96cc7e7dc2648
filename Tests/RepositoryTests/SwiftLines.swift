/// A Swift file taken apart just well enough for rules: each line's code without literals and comments, and the literals' text.
struct SwiftLines {
    struct Line: Sendable {
        /// 1-based.
        let number: Int
        /// Code, with string literals emptied and comments removed.
        var code = ""
        /// What stands in string literals.
        var literals = ""
        /// What stands in comments.
        var comments = ""
    }

    private(set) var lines: [Line] = []
    private var inMultilineLiteral = false
    private var blockCommentDepth = 0

    init(_ text: String) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            lines.append(take(Array(line), number: index + 1))
        }
    }

    private mutating func take(_ line: [Character], number: Int) -> Line {
        var result = Line(number: number)
        var index = 0
        func next(_ text: String) -> Bool { line[index...].starts(with: text) }
        while index < line.count {
            if inMultilineLiteral {
                if next("\"\"\"") {
                    inMultilineLiteral = false
                    index += 3
                } else {
                    result.literals.append(line[index])
                    index += 1
                }
            } else if blockCommentDepth > 0 {
                if next("*/") { blockCommentDepth -= 1 }
                result.comments.append(line[index])
                index += 1
            } else if next("\"\"\"") {
                inMultilineLiteral = true
                index += 3
            } else if next("//") {
                result.comments += String(line[index...])
                index = line.count
            } else if next("/*") {
                blockCommentDepth += 1
                index += 2
            } else if line[index] == "\"" {
                index = takeLiteral(line, from: index, into: &result)
            } else {
                result.code.append(line[index])
                index += 1
            }
        }
        return result
    }

    /// A literal on one line; an interpolation counts as part of it.
    private func takeLiteral(_ line: [Character], from start: Int, into result: inout Line) -> Int {
        var index = start + 1
        var interpolationDepth = 0
        while index < line.count {
            let character = line[index]
            if character == "\\", index + 1 < line.count {
                if line[index + 1] == "(" { interpolationDepth += 1 }
                index += 2
                continue
            }
            if interpolationDepth > 0 {
                if character == "(" { interpolationDepth += 1 }
                if character == ")" { interpolationDepth -= 1 }
            } else if character == "\"" {
                break
            }
            result.literals.append(character)
            index += 1
        }
        result.code += "\"\""
        return index + 1
    }
}
