import KernelAPI
import Testing

@Suite struct SettingsReaderTests {
    private enum Colour: String, CaseIterable { case red, green }

    /// A reader over values that were all written in one place.
    private func reader(_ values: [String: String]) -> SettingsReader {
        SettingsReader { key, _ in values[key].map { .init(text: $0, origin: "plugins.d/10-test.yaml:7") } }
    }

    @Test("A whole number is taken within its range, bounds included", arguments: [("1", 1), ("5", 5), ("-3", -3)])
    func integers(_ text: String, _ expected: Int) {
        var settings = reader(["n": text])
        let read1 = settings.integer("n", default: 2, in: -3...5, help: "A number")
        #expect(read1 == expected)
        #expect(settings.problems.isEmpty)
        #expect(settings.declarations.map(\.value) == [expected.description])
        #expect(settings.declarations.map(\.origin) == ["plugins.d/10-test.yaml:7"])
    }

    @Test(
        "Anything but a whole number within the range is a problem that says all there is to know",
        arguments: ["6", "-4", "five", "", "1.0", " 1", "1e2", "99999999999999999999"])
    func badIntegers(_ text: String) {
        var settings = reader(["n": text])
        let read2 = settings.integer("n", default: 2, in: -3...5, help: "A number")
        #expect(read2 == 2)
        #expect(settings.problems == ["plugins.d/10-test.yaml:7: n is \(text), expected a whole number from -3 to 5. A number."])
    }

    @Test("A boolean is true or false, nothing else")
    func booleans() {
        for (text, expected) in [("true", true), ("false", false)] {
            var settings = reader(["b": text])
            let read3 = settings.boolean("b", default: !expected, help: "A switch")
            #expect(read3 == expected)
        }
        for text in ["yes", "1", "True", "on", ""] {
            var settings = reader(["b": text])
            let read4 = settings.boolean("b", default: true, help: "A switch")
            #expect(read4)
            #expect(settings.problems == ["plugins.d/10-test.yaml:7: b is \(text), expected true or false. A switch."])
        }
    }

    @Test("A choice is one of the words, and the problem lists them")
    func choices() {
        var settings = reader(["good": "green", "bad": "blue"])
        let read5 = settings.choice("good", default: Colour.red, help: "A colour")
        #expect(read5 == .green)
        let read6 = settings.choice("bad", default: Colour.red, help: "A colour")
        #expect(read6 == .red)
        let read7 = settings.choice("absent", default: Colour.green, help: "A colour")
        #expect(read7 == .green)
        #expect(settings.problems == ["plugins.d/10-test.yaml:7: bad is blue, expected one of red, green. A colour."])
    }

    @Test("What is absent has its default, which is declared as such")
    func defaults() {
        var settings = reader([:])
        let read8 = settings.integer("n", default: 2, in: 0...5, help: "A number")
        #expect(read8 == 2)
        let read9 = settings.text("t", help: "A text")
        #expect(read9 == nil)
        let read10 = settings.text("u", default: "x", help: "A text")
        #expect(read10 == "x")
        #expect(settings.declarations.map(\.value) == ["2", "", "x"])
        #expect(Set(settings.declarations.map(\.origin)) == ["default"])
        #expect(settings.knownKeys == ["n", "t", "u"])
        #expect(settings.problems.isEmpty)
    }

    @Test("Problems are collected, not thrown, and the keys are known all the same")
    func allProblems() {
        var settings = reader(["n": "x", "b": "y", "t": "z"])
        _ = settings.integer("n", default: 2, in: 0...5, help: "A number")
        _ = settings.boolean("b", default: true, help: "A switch")
        _ = settings.text("t", help: "A text", expected: "a path") { $0.hasPrefix("/") }
        #expect(settings.problems.count == 3)
        #expect(settings.problems.allSatisfy { $0.hasSuffix(".") && $0.contains(", expected ") })
        #expect(settings.knownKeys == ["n", "b", "t"])
        #expect(settings.declarations.isEmpty)
    }

    @Test("A secret shows neither in declarations nor in problems, whether given, wrong or the default")
    func secrets() {
        var settings = reader(["good": "hunter2", "bad": "hunter2"])
        let read11 = settings.text("good", help: "A key", secret: true)
        #expect(read11 == "hunter2")
        let read12 = settings.text("bad", help: "A key", secret: true, expected: "a longer key") { $0.count > 20 }
        #expect(read12 == nil)
        let read13 = settings.text("absent", default: "hunter2", help: "A key", secret: true)
        #expect(read13 == "hunter2")
        #expect(!"\(settings.declarations) \(settings.problems)".contains("hunter2"))
        #expect(settings.problems == ["plugins.d/10-test.yaml:7: bad is not usable, expected a longer key. A key."])
    }

    @Test("The well-known environment name is handed to the lookup")
    func environmentNames() {
        var settings = SettingsReader { _, environment in environment.map { .init(text: "4", origin: $0) } }
        let read14 = settings.integer("n", default: 2, in: 0...5, environment: "WINDOW", help: "A number")
        #expect(read14 == 4)
        #expect(settings.declarations.first?.origin == "WINDOW")
        let read15 = settings.integer("m", default: 2, in: 0...5, help: "A number")
        #expect(read15 == 2)
    }
}
