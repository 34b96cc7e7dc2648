public import Foundation
public import KernelAPI

extension Principal {
    /// Somebody with a browser, for tests.
    ///
    /// - Parameter roles: by feature; none: an account that was let in and may do nothing yet.
    public static func test(
        _ name: String = "Test", roles: [FeatureKey: Role] = [:], isSuperAdmin: Bool = false, accountID: UUID = UUID()
    ) -> Principal {
        Principal(
            accountID: accountID, displayName: name, isSuperAdmin: isSuperAdmin, roles: roles, credential: .session(UUID()),
            primaryCharacterID: 90_000_001, corporationID: 98_000_001)
    }

    /// Somebody who may do everything.
    public static var superAdmin: Principal { .test("Superadmin", isSuperAdmin: true) }
}
