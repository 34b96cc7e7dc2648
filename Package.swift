// swift-tools-version: 6.2
// BattleScope: one executable, one kernel, plugins behind a narrow API (docs/ARCHITECTURE.md).
// Targets are listed by hand because SwiftPM caches this file; Tests/RepositoryTests compares them with the folders.

import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

// One version for --version, /healthz, logs and the User-Agent: the tag, else the commit.
let version = Context.gitInformation.map { $0.currentTag ?? "0.0.0+\($0.currentCommit.prefix(12))" } ?? "0.0.0"

let package = Package(
    name: "battlescope",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "battlescope", targets: ["BattleScope"]),
        .executable(name: "eve-simulator", targets: ["EVESimulatorCommand"]),
        // For the benchmarks, which live in a package of their own.
        .library(
            name: "BattleScopeParts",
            targets: ["KernelAPI", "KernelPostgres", "KernelRuntime", "EVE", "Killmails", "BattleReports"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // MARK: Kernel
        .systemLibrary(
            name: "CLibPQ", path: "Sources/Kernel/CLibPQ", pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        // Without pkgConfig: its -D_FILE_OFFSET_BITS=64 makes SwiftPM warn in every build.
        .systemLibrary(
            name: "CHiredis", path: "Sources/Kernel/CHiredis", providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
        .systemLibrary(
            name: "CJemalloc", path: "Sources/Kernel/CJemalloc", pkgConfig: "jemalloc",
            providers: [.apt(["libjemalloc-dev"]), .brew(["jemalloc"])]),
        .systemLibrary(
            name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(
            name: "KernelAPI",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            path: "Sources/Kernel/API", exclude: ["README.md", "Administration/README.md"], swiftSettings: strict),
        .target(
            name: "KernelPostgres",
            dependencies: [
                "CLibPQ", "KernelAPI",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            path: "Sources/Kernel/Postgres", exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "KernelRedis",
            dependencies: [
                "CHiredis",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Kernel/Redis", exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "KernelRuntime",
            dependencies: [
                "CZlib", "KernelAPI", "KernelPostgres", "KernelRedis",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Sources/Kernel/Runtime", exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "KernelTesting",
            dependencies: [
                "KernelAPI", "KernelPostgres", "KernelRedis", "KernelRuntime",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/Kernel/Testing", exclude: ["README.md"], swiftSettings: strict),

        // MARK: EVE Online
        .target(
            name: "EVE",
            dependencies: ["CZlib", .product(name: "Crypto", package: "swift-crypto")],
            path: "Sources/EVE/Vocabulary", exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "EVEClients",
            dependencies: [
                "EVE",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Sources/EVE/Clients", exclude: ["README.md"], swiftSettings: strict),

        // MARK: Plugins: KernelAPI and EVE, nothing else
        .target(
            name: "Killmails",
            dependencies: [
                "KernelAPI", "EVE",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            path: "Sources/Plugins/Killmails", exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "BattleReports",
            dependencies: [
                "KernelAPI", "EVE",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            path: "Sources/Plugins/BattleReports", exclude: ["README.md", "Domain/README.md"], swiftSettings: strict),
        .target(
            name: "Admin",
            dependencies: ["KernelAPI"],
            path: "Sources/Plugins/Admin", exclude: ["README.md"], swiftSettings: strict),
        // `battlescope plugins new` puts a plugin's target above this line.

        // MARK: Programs
        .target(
            name: "CBuildInfo", path: "Sources/CBuildInfo", exclude: ["README.md"],
            cSettings: [.define("BATTLESCOPE_VERSION", to: "\"\(version)\"")]),
        .executableTarget(
            name: "BattleScope",
            dependencies: [
                "KernelAPI", "KernelPostgres", "KernelRedis", "KernelRuntime", "EVE", "EVEClients", "CBuildInfo",
                "Killmails",
                "BattleReports",
                "Admin",
                // `battlescope plugins new` puts a plugin's module above this line.
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/BattleScope", exclude: ["README.md"], swiftSettings: strict,
            linkerSettings: [.linkedLibrary("jemalloc", .when(platforms: [.linux], configuration: .release))]),
        .target(
            name: "EVESimulator",
            dependencies: [
                "CZlib", "EVE",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Sources/EVESimulator", exclude: ["README.md"], swiftSettings: strict),
        .executableTarget(
            name: "EVESimulatorCommand",
            dependencies: [
                "EVESimulator",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/EVESimulatorCommand", exclude: ["README.md"], swiftSettings: strict),

        // MARK: Tests
        // Processes for tests to kill; `swift build --build-tests` makes them.
        .executableTarget(
            name: "KernelPod",
            dependencies: [
                "KernelAPI", "KernelPostgres", "KernelRedis", "KernelRuntime",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/support/KernelPod", exclude: ["README.md"], swiftSettings: strict),
        .executableTarget(
            name: "SchedulerPod",
            dependencies: [
                "KernelAPI", "KernelPostgres", "KernelRuntime", "KernelTesting",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/support/SchedulerPod", exclude: ["README.md"], swiftSettings: strict),
        .testTarget(
            name: "KernelAPITests",
            dependencies: [
                "KernelAPI", "KernelTesting",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .testTarget(
            name: "KernelPostgresTests",
            dependencies: ["KernelAPI", "KernelPostgres", "KernelTesting", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        .testTarget(
            name: "KernelRedisTests",
            dependencies: [
                "KernelRedis", "KernelTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ], swiftSettings: strict),
        .testTarget(
            name: "KernelRuntimeTests",
            dependencies: [
                "KernelAPI", "KernelPostgres", "KernelRedis", "KernelRuntime", "KernelTesting",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .testTarget(name: "EVETests", dependencies: ["EVE", "KernelTesting"], swiftSettings: strict),
        .testTarget(
            name: "EVEClientsTests",
            dependencies: [
                "EVE", "EVEClients", "KernelTesting",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .testTarget(
            name: "EVESimulatorTests",
            dependencies: [
                "EVE", "EVESimulator",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            exclude: ["README.md"], swiftSettings: strict),
        .testTarget(
            name: "KillmailsTests",
            dependencies: [
                "EVE", "KernelAPI", "KernelPostgres", "KernelTesting", "Killmails",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        // Battle reports read the contract views, so their tests need the plugin that makes them.
        .testTarget(
            name: "BattleReportsTests",
            dependencies: [
                "BattleReports", "EVE", "KernelAPI", "KernelPostgres", "KernelTesting", "Killmails",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .testTarget(
            name: "AdminTests",
            dependencies: [
                "Admin", "KernelAPI", "KernelRuntime", "KernelTesting",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict),
        // `battlescope plugins new` puts a plugin's tests above this line.
        .testTarget(name: "RepositoryTests", dependencies: [], swiftSettings: strict),
    ]
)
