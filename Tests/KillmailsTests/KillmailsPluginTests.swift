import KernelTesting
import Testing

@testable import Killmails

@Suite("Killmails plugin")
struct KillmailsPluginTests {
    @Test("keeps the contract of plugins")
    func contract() async throws {
        #expect(
            try await PluginContract.complaints(about: KillmailsPlugin.self, contracts: KillmailsBench.contracts()) == [])
    }
}
