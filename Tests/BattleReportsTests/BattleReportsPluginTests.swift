import KernelTesting
import Killmails
import Testing

@testable import BattleReports

@Suite("Battle reports plugin")
struct BattleReportsPluginTests {
    @Test("keeps the contract of plugins")
    func contract() async throws {
        let complaints = try await PluginContract.complaints(
            about: BattleReportsPlugin.self, required: [KillmailsPlugin.self], contracts: BattlesBench.contracts)
        #expect(complaints == [])
    }
}
