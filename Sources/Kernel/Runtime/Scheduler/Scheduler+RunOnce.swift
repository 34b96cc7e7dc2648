package import Foundation
package import KernelAPI

extension Scheduler {
    /// Runs a job now, through the table like any other run, for tests that want to see what it does.
    ///
    /// - Parameter tick: the moment that the run is to stand for.
    /// - Returns: what the table says afterwards.
    /// - Throws: what the job threw.
    package func runOnce(_ registration: JobRegistration, at tick: Date) async throws -> JobRunStatus {
        try await store.describe([registration])
        let id = UUID()
        guard try await store.request(id, of: registration.label, at: tick) == id,
            let run = try await store.take(registration.label), run.id == id
        else { throw KernelMisuse("\(registration.label) runs already, or another run of it waits") }
        let claim = Claim(run: run, registration: registration)
        running[id] = Run(claim: claim)
        let result = await execute(claim)
        try result.get()
        guard let status = try await store.status(of: id) else { throw KernelMisuse("the run \(id) is gone") }
        return status
    }
}
