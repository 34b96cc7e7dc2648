import Foundation
import KernelAPI
import KernelPostgres

/// The jobs of a test's pods: each writes a row in the transaction that completes its run, and tells what it does.
struct PodJobs: Sendable {
    let pod: String
    let database: PostgresDatabase
    let orders: Orders

    var all: [Job] {
        [
            job("repeated", overlap: .wait, repeatsWhenLost: true), job("once", overlap: .wait, repeatsWhenLost: false),
            job("skipping", overlap: .skip, repeatsWhenLost: true),
        ]
    }

    private func job(_ name: String, overlap: Job.Overlap, repeatsWhenLost: Bool) -> Job {
        Job(
            name, "Writes a row", schedule: .every(.seconds(60)), deadline: .seconds(3_600), overlap: overlap,
            repeatsWhenLost: repeatsWhenLost
        ) { run in
            do {
                try await perform(run, name)
            } catch {
                await tell(error is JobRunLost ? "lost" : "failed", run, name)
                throw error
            }
        }
    }

    private func perform(_ run: JobRun, _ name: String) async throws {
        await tell("began", run, name)
        try await database.transaction("test.effect") { transaction in
            try await transaction.query(Self.insert, "test.\(name)", run.tick, run.attempt, pod)
            await tell("wrote", run, name)
            try await run.complete(in: transaction)
            await tell("completed", run, name)
        }
        await tell("committed", run, name)
    }

    /// A line like `began repeated 1768478460 1`; then it waits as long as the test has ordered so.
    private func tell(_ stage: String, _ run: JobRun, _ name: String) async {
        let line = "\(stage) \(name) \(Int(run.tick.timeIntervalSince1970)) \(run.attempt)\n"
        FileHandle.standardOutput.write(Data(line.utf8))
        await orders.wait(at: stage)
    }

    private static let insert = Statement("test.insert_effect", "INSERT INTO test.effect VALUES ($1, $2, $3, $4)")
}
