import Admin
import KernelTesting
import Testing

@Suite struct AdminPluginTests {
    @Test("keeps the contract of plugins")
    func contract() async throws {
        #expect(try await PluginContract.complaints(about: AdminPlugin.self) == [])
    }
}
