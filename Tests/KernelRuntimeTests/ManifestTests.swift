import KernelAPI
import Testing

@testable import KernelRuntime

@Suite struct ManifestTests {
    private func problems(_ documents: String...) -> [String] {
        let named = documents.enumerated().map { (file: "plugins.d/\($0).yaml", yaml: $1) }
        do {
            _ = try ManifestSet(documents: named)
            return []
        } catch { return (error as? ConfigurationError)?.problems ?? ["\(error)"] }
    }

    @Test("A manifest is read as written, with the place of each setting")
    func reads() throws {
        let set = try ManifestSet(documents: [
            (
                "plugins.d/10-a.yaml",
                """
                plugin: a-b
                module: AB
                serve: { routes: false, workers: [x] }
                config:
                  limit: 007
                on_start_failure: retry
                contributes:
                  { routes: [GET /x, "GET /x/{id}"], workers: [x], jobs: [j], consumers: [c], topics: [a.b], migrations: a-b }
                """
            )
        ])
        let manifest = try #require(set.manifests.first)
        #expect(manifest.plugin == "a-b" && manifest.module == "AB" && manifest.enabled && manifest.requires == [])
        #expect(manifest.serve.routes == false && manifest.serve.workers == ["x"])
        #expect(manifest.config["limit"]?.text == "007" && manifest.config["limit"]?.origin == "plugins.d/10-a.yaml:5")
        #expect(manifest.onStartFailure == .retry && manifest.contributes.work == ["x", "j", "c"])
        #expect(manifest.contributes.topics == ["a.b"])
        #expect(manifest.contributes.routes == ["GET /x", "GET /x/{id}"] && manifest.contributes.migrations == "a-b")
    }

    @Test(
        "Each mistake is a sentence with file and line",
        arguments: [
            (
                "plugin: a\nmodule: A\nenable: true",
                "plugins.d/0.yaml:3: unknown key enable in the manifest, did you mean enabled?"
            ),
            (
                "plugin: a\nmodule: A\nserve: { rutes: true, zzzzzzzz: 1 }",
                "plugins.d/0.yaml:3: unknown key rutes in serve, did you mean routes?"
            ),
            ("plugin: a\nmodule: A\nmodule: B", "plugins.d/0.yaml:2: the key module is given twice."),
            ("plugin: a\nmodule: A\nenabled: maybe", "plugins.d/0.yaml:3: enabled is maybe, expected true or false."),
            ("plugin: a\nmodule: [A]", "plugins.d/0.yaml:2: module must be text."),
            ("plugin: a\nmodule: A\nrequires: b", "plugins.d/0.yaml:3: requires must be a list such as [a, b]."),
            ("plugin: a\nmodule: A\nconfig: [1]", "plugins.d/0.yaml:3: config must be a mapping of settings to values."),
            ("plugin: a\nmodule: A\nconfig:\n  x: [1]", "plugins.d/0.yaml:4: config.x must be a single value."),
            ("module: A", "plugins.d/0.yaml: the key plugin is missing."),
            ("plugin: A_b\nmodule: A", "plugins.d/0.yaml:1: plugin is A_b, expected lower-case words joined by hyphens."),
            ("plugin: kernel\nmodule: A", "plugins.d/0.yaml:1: plugin is kernel, a name that is the kernel's own."),
            (
                "plugin: a\nmodule: A\non_start_failure: panic",
                "plugins.d/0.yaml:3: on_start_failure is panic, expected one of fail, degrade, retry."
            ),
            ("- a", "plugins.d/0.yaml:1: the manifest must be a mapping of keys to values."),
        ])
    func mistakes(_ yaml: String, _ sentence: String) { #expect(problems(yaml).contains(sentence), "\(problems(yaml))") }

    @Test("What is not YAML is told on one line with its place; an empty file is a problem, too")
    func notYAML() {
        let found = problems("plugin: 'a\nmodule: A")
        #expect(found.count == 1 && found[0].hasPrefix("plugins.d/0.yaml:") && found[0].contains("not valid YAML"))
        #expect(!found[0].contains("\n"))
        #expect(!problems("").isEmpty)
    }

    @Test("All problems of all files come at once")
    func allAtOnce() { #expect(problems("plugin: a\nmodul: A", "plugin: 5x\nmodule: B\nenabled: 7").count == 4) }

    @Test("A plugin has one manifest")
    func twins() {
        let twin = "plugin: a\nmodule: A"
        #expect(problems(twin, twin) == ["plugins.d/1.yaml: plugin a is already declared in plugins.d/0.yaml."])
    }

    @Test("Dependencies come first, otherwise the order of the files holds")
    func order() throws {
        let set = try ManifestSet(documents: [
            ("0", "plugin: c\nmodule: C\nrequires: [a, b]"), ("1", "plugin: b\nmodule: B"), ("2", "plugin: d\nmodule: D"),
            ("3", "plugin: a\nmodule: A\nrequires: [d]"),
        ])
        #expect(set.manifests.map(\.plugin) == ["d", "a", "b", "c"])
    }

    @Test("A dependency that is missing or disabled is named with its reason")
    func dependencies() {
        #expect(
            problems("plugin: a\nmodule: A\nrequires: [x, b]", "plugin: b\nmodule: B\nenabled: false") == [
                "plugins.d/0.yaml: a requires x, which has no manifest.",
                "plugins.d/0.yaml: a requires b, which is disabled in plugins.d/1.yaml.",
            ])
        #expect(problems("plugin: a\nmodule: A\nrequires: [x]\nenabled: false").isEmpty)
    }

    @Test("What a plugin requires and what requires it is found at any distance; a disabled one requires nothing")
    func closures() throws {
        let set = try ManifestSet(documents: [
            ("0", "plugin: a\nmodule: A"), ("1", "plugin: b\nmodule: B\nrequires: [a]"),
            ("2", "plugin: c\nmodule: C\nrequires: [b]"), ("3", "plugin: d\nmodule: D\nrequires: [a]\nenabled: false"),
        ])
        #expect(set.closure(of: ["c"]) == ["a", "b", "c"] && set.closure(of: ["a"]) == ["a"])
        #expect(set.dependants(of: "a") == ["b", "c"] && set.dependants(of: "c") == [])
    }

    @Test("A circle is printed")
    func circle() {
        let found = problems(
            "plugin: a\nmodule: A\nrequires: [b]", "plugin: b\nmodule: B\nrequires: [c]", "plugin: c\nmodule: C\nrequires: [b]")
        #expect(found == ["plugins.d/1.yaml: the plugins require each other in a circle: b -> c -> b."])
        #expect(problems("plugin: a\nmodule: A\nrequires: [a]")[0].contains("a -> a"))
    }

    @Test("Addresses to listen on are read strictly")
    func addresses() {
        let good = [("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:0", "::1", 0), ("localhost:65535", "localhost", 65_535)]
        for (text, host, port) in good {
            let address = ListenAddress(text)
            #expect(address?.host == host && address?.port == port && address?.description == text)
        }
        for text in ["", "8080", ":8080", "a:", "a:b", "a:65536", "a:-1", "a:+80", "::1:80", "[]:80", "a:80 ", "a:٣"] {
            #expect(ListenAddress(text) == nil, "\(text)")
        }
    }

    @Test("Only what certainly stays on this machine is loopback")
    func loopback() throws {
        for host in ["localhost", "[::1]", "127.0.0.1", "127.255.255.255", "127.0.0.0"] {
            #expect(ListenAddress(host + ":1")?.isLoopback == true, "\(host)")
        }
        for host in ["0.0.0.0", "[::]", "127.0.0.256", "127.0.0.1.example.org", "127.1", "128.0.0.1", "127.0.0.", "local"] {
            #expect(ListenAddress(host + ":1")?.isLoopback == false, "\(host)")
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<1_000 {
            let octets = (0..<4).map { _ in UInt8.random(in: 120...130, using: &generator) }
            let address = try #require(ListenAddress(octets.map(\.description).joined(separator: ".") + ":1"))
            #expect(address.isLoopback == (octets[0] == 127))
        }
    }
}
