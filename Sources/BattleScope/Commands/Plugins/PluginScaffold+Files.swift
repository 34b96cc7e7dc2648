/// What a new plugin begins with: one of everything that most plugins have.
extension PluginScaffold {
    var files: [(path: String, text: String)] {
        let folder = "Sources/Plugins/\(module)"
        return [
            ("\(folder)/README.md", readme),
            ("\(folder)/\(module)Plugin.swift", plugin),
            ("\(folder)/\(module)Settings.swift", settings),
            ("\(folder)/Routes/NoteRoutes.swift", routes),
            ("\(folder)/Routes/Note.swift", note),
            ("\(folder)/Migrations/\(module)Migrations.swift", migrations),
            ("\(folder)/Migrations/m0001_notes.swift", firstMigration),
            ("Tests/\(module)Tests/\(module)PluginTests.swift", tests),
            (manifestPath, manifest),
        ]
    }

    // MARK: Package.swift

    var target: String {
        """
        .target(
                    name: "\(module)",
                    dependencies: [
                        "KernelAPI", "EVE",
                        .product(name: "Logging", package: "swift-log"),
                        .product(name: "Metrics", package: "swift-metrics"),
                    ],
                    path: "Sources/Plugins/\(module)", exclude: ["README.md"], swiftSettings: strict),
                \("")
        """
    }

    var moduleEntry: String { "\"\(module)\",\n                " }

    var testTarget: String {
        """
        .testTarget(
                    name: "\(module)Tests", dependencies: ["\(module)", "KernelAPI", "KernelTesting"], swiftSettings: strict),
                \("")
        """
    }

    // MARK: Sources

    private var readme: String {
        """
        # Plugins/\(module)

        What this plugin is for, in two sentences.

        ## Tables

        Schema `\(schema)`.

        | table | holds |
        |---|---|
        | `note` | notes that people may read |

        ## Settings

        | key | default | meaning |
        |---|---|---|
        | `page_size` | 20 | how many notes a page has |

        ## Routes

        | route | answers |
        |---|---|
        | `GET /\(name)/notes` | the newest notes |

        ## Workers

        None.

        """
    }

    private var plugin: String {
        """
        public import KernelAPI

        /// What this plugin is for, in one sentence.
        public struct \(module)Plugin: Plugin {
            public static let name: PluginName = "\(name)"
            public static let feature: FeatureDeclaration? = FeatureDeclaration(
                title: "\(title)", summary: "What somebody with a role on it can do")

            public let contributions: Contributions

            public init(configuration: \(module)Settings, host: PluginHost) throws {
                contributions = Contributions(
                    routes: NoteRoutes(settings: configuration, host: host).routes,
                    migrations: \(module)Migrations.all)
            }
        }

        """
    }

    private var settings: String {
        """
        public import KernelAPI

        /// The plugin's settings.
        public struct \(module)Settings: PluginConfiguration {
            public let pageSize: Int

            public init(_ settings: inout SettingsReader) {
                pageSize = settings.integer("page_size", default: 20, in: 1...100, help: "How many notes a page has")
            }
        }

        """
    }

    private var routes: String {
        """
        import KernelAPI

        /// `GET /\(name)/notes`: the newest notes.
        struct NoteRoutes {
            let settings: \(module)Settings
            let host: PluginHost

            var routes: [Route] {
                let (database, pageSize) = (host.database, settings.pageSize)
                return [
                    .get("/\(name)/notes", "The newest notes", policy: .feature("\(name)", .user)) { (_: NoInput, _) in
                        Listing(try await database.query(Self.select, pageSize).map { try Note($0) })
                    }
                ]
            }

            private static let select = Statement(
                "\(schema).select_notes", "SELECT id, text, created_at FROM \(schema).note ORDER BY id DESC LIMIT $1")
        }

        """
    }

    private var note: String {
        """
        import Foundation
        import KernelAPI

        /// A note as clients see it.
        struct Note: JSONRepresentable {
            static let json = JSONForm<Note>("\(module)Note") { form in
                form.id("noteId") { $0.id }
                form.text("text") { $0.text }
                form.time("createdAt") { $0.createdAt }
            }

            let id: Int64
            let text: String
            let createdAt: Date

            init(_ row: Row) throws {
                var columns = row.columns
                id = try columns.next()
                text = try columns.next()
                createdAt = try columns.next()
            }
        }

        """
    }

    private var migrations: String {
        """
        import KernelAPI

        /// The schema `\(schema)`, step by step. A step that was released never changes.
        enum \(module)Migrations {
            static let all = [m0001]
        }

        """
    }

    private var firstMigration: String {
        let quotes = "\"\"\""
        return """
            import KernelAPI

            extension \(module)Migrations {
                static let m0001 = Migration(
                    "m0001_notes",
                    \(quotes)
                    CREATE TABLE note (
                        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        text       text NOT NULL,
                        created_at timestamptz NOT NULL
                    );
                    \(quotes))
            }

            """
    }

    // MARK: Tests and manifest

    private var tests: String {
        """
        import KernelTesting
        import Testing

        @testable import \(module)

        @Suite("\(title) plugin")
        struct \(module)PluginTests {
            @Test("keeps the contract of plugins")
            func contract() async throws {
                #expect(try await PluginContract.complaints(about: \(module)Plugin.self) == [])
            }

            @Test("lists the newest notes, a page of them")
            func notes() async throws {
                let variables = ["BATTLESCOPE_\(schema.uppercased())_PAGE_SIZE": "2"]
                try await TestKernel.run([\(module)Plugin.self], variables: variables) { kernel in
                    try await kernel.execute(
                        "INSERT INTO \(schema).note (text, created_at) SELECT unnest('{a,b,c}'::text[]), '2026-01-15'")
                    let answer = await kernel.get("/\(name)/notes")
                    #expect(answer.status == 200)
                    #expect(answer.json["items"].items.map { $0["text"].text } == ["c", "b"])
                }
            }
        }

        """
    }

    private var manifest: String {
        """
        # \(title): what this plugin is for.
        plugin: \(name)
        module: \(module)
        enabled: true
        requires: []
        on_start_failure: degrade
        serve: { routes: true }
        config: {}
        contributes:
          routes: [GET /\(name)/notes]
          migrations: \(name)

        """
    }

    /// `fleet-doctrines` is called Fleet doctrines.
    private var title: String {
        let words = name.split(separator: "-").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
