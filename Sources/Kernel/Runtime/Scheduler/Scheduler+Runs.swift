import Foundation
import KernelAPI
import Logging
import Metrics

/// Why a run was cancelled.
enum StopReason: Sendable, Equatable {
    case deadline
    /// Another pod may be doing it.
    case lost
    case removed
    case shutdown
}

/// A run that this pod took, with the job that it is of.
struct Claim: Sendable {
    let run: ClaimedRun
    let registration: JobRegistration
    var id: UUID { run.id }
}

/// A run under way on this pod.
struct Run: Sendable {
    let claim: Claim
    var registration: JobRegistration { claim.registration }
    var task: Task<Void, any Error>?
    var stopReason: StopReason?
    /// How it went is in the table although it has not ended.
    var isRecorded = false
}

extension Scheduler {
    // MARK: One run

    /// Runs a job to its end and writes down how it went.
    @discardableResult
    func execute(_ claim: Claim) async -> Result<Void, any Error> {
        let label = claim.registration.label
        let elapsed = clock.stopwatch()
        let result = await perform(claim)
        Timer(label: "scheduler_job_duration_seconds", dimensions: [("job", label)]).record(duration: elapsed())
        if Task.isCancelled, running[claim.id]?.stopReason == nil { running[claim.id]?.stopReason = .shutdown }
        // Awaited at once: a task of its own only because this one may be cancelled, and the table must hear of it all the same.
        await Task { await record(result, of: claim) }.value
        forget(claim.id)
        return result
    }

    /// - Returns: how the job itself ended.
    private func perform(_ claim: Claim) async -> Result<Void, any Error> {
        let job = claim.registration.job
        var logger = claim.registration.logger
        logger[metadataKey: "job"] = "\(claim.registration.label)"
        let run = JobRun(
            id: claim.id, tick: claim.run.tick, attempt: claim.run.attempt, logger: logger,
            completing: { [store] in try await store.complete(claim.id, in: $0) })
        logger.debug("run started", metadata: ["tick": "\(run.tick.iso8601)", "attempt": "\(run.attempt)"])
        // A task of its own, so that it can be cancelled without its watcher; awaited below.
        let work = Task { try await job.run(run) }
        running[claim.id]?.task = work
        // Somebody may have wanted its end before it began.
        if running[claim.id]?.stopReason != nil { work.cancel() }
        return await withTaskGroup(of: Void.self) { watchers in
            watchers.addTask { await self.watchDeadline(claim) }
            let result = await withTaskCancellationHandler {
                await work.result
            } onCancel: {
                work.cancel()
            }
            watchers.cancelAll()
            return result
        }
    }

    /// Cancels the run at its deadline. One that ignores that is recorded as failed without having ended.
    private func watchDeadline(_ claim: Claim) async {
        do {
            try await clock.pause(for: claim.registration.job.deadline)
            stop(.deadline) { $0.claim.id == claim.id }
            try await clock.pause(for: settings.stopPatience)
        } catch {
            // It ended.
            return
        }
        running[claim.id]?.isRecorded = true
        // The end of the run, which cancels this watcher, must not keep it from being recorded.
        await Task { await finish(claim, .failed, error: "it did not end after it was cancelled at its deadline") }.value
    }

    /// Cancels runs; the first reason counts.
    func stop(_ reason: StopReason, _ isMeant: (Run) -> Bool) {
        for (id, run) in running where isMeant(run) && run.stopReason == nil {
            running[id]?.stopReason = reason
            run.task?.cancel()
        }
    }

    private func record(_ result: Result<Void, any Error>, of claim: Claim) async {
        guard let run = running[claim.id], !run.isRecorded else { return }
        switch (result, run.stopReason) {
        case (_, .deadline):
            let seconds = claim.registration.job.deadline / .seconds(1)
            await finish(claim, .failed, error: "it took longer than its deadline of \(seconds) s")
        case (.success, _):
            await finish(claim, .succeeded, error: nil)
        case (.failure(is JobRunLost), _), (.failure, .lost):
            claim.registration.logger.warning("run ended after it was declared lost", metadata: metadata(claim))
        case (.failure, .removed), (.failure, .shutdown):
            await release(claim)
        case (.failure(let error), nil):
            await finish(claim, .failed, error: "\(error)")
        }
    }

    /// Writes the end down, in a few attempts: meanwhile the lease is renewed, after them it expires.
    private func finish(_ claim: Claim, _ state: JobRunStatus.State, error text: String?) async {
        var pause = Duration.seconds(1)
        for attempt in 1...5 {
            do {
                let found = try await store.finish(claim.id, state, error: text)
                return report(claim, state, found: found, error: text)
            } catch {
                logger.warning("the end of a run is not recorded yet", metadata: metadata(claim, error: "\(error)"))
                if attempt < 5 { try? await clock.pause(for: pause) }
                pause *= 2
            }
        }
        logger.error("the end of a run was not recorded, its lease will expire", metadata: metadata(claim))
    }

    private func report(_ claim: Claim, _ state: JobRunStatus.State, found: JobRunStatus.State?, error text: String?) {
        let logger = claim.registration.logger
        switch found {
        case .succeeded where state == .succeeded:
            logger.debug("run succeeded", metadata: metadata(claim))
        case .succeeded:
            logger.warning("run failed after it had completed its work", metadata: metadata(claim, error: text))
        case .failed:
            Counter(label: "scheduler_job_failures_total", dimensions: [("job", claim.registration.label)]).increment()
            logger.error("run failed", metadata: metadata(claim, error: text))
        case .lost, .requested, .running, .skipped, nil:
            logger.warning("run ended after it was declared lost", metadata: metadata(claim, error: text))
        }
    }

    /// Hands a run over that did not end by itself: it counts as lost at once.
    private func release(_ claim: Claim) async {
        claim.registration.logger.info("run was cancelled and is given up", metadata: metadata(claim))
        do {
            try await store.release(claim.id)
        } catch {
            logger.warning("a lease was not given up, it will expire", metadata: metadata(claim, error: "\(error)"))
        }
    }

    private func metadata(_ claim: Claim, error: String? = nil) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "job": "\(claim.registration.label)", "tick": "\(claim.run.tick.iso8601)", "attempt": "\(claim.run.attempt)",
        ]
        if let error { metadata["error"] = "\(error)" }
        return metadata
    }

    // MARK: Leases

    /// Renews the leases of what runs here, and cancels what is lost, or must be taken for lost because the database has
    /// not answered for as long as a lease lasts.
    func renewLeases() async {
        var sinceRenewal = clock.stopwatch()
        while !Task.isCancelled {
            do { try await clock.pause(for: settings.lease / 6) } catch { return }
            let ids = Array(running.keys)
            guard !ids.isEmpty else {
                sinceRenewal = clock.stopwatch()
                continue
            }
            let asked = clock.stopwatch()
            do {
                let lost = Set(try await renew(ids))
                sinceRenewal = asked
                stop(.lost) { lost.contains($0.claim.id) }
            } catch {
                logger.warning("leases were not renewed", metadata: ["error": "\(error)"])
                if sinceRenewal() >= settings.lease { stop(.lost) { ids.contains($0.claim.id) } }
            }
        }
    }

    /// Not longer than a third of the lease: a database that is silent must not keep this pod from noticing.
    private func renew(_ ids: [UUID]) async throws -> [UUID] {
        try await withThrowingTaskGroup(of: [UUID].self) { group in
            group.addTask { [store] in try await store.renew(ids) }
            group.addTask { [clock, settings] in
                try await clock.pause(for: settings.lease / 3)
                throw DatabaseError(.timeout, "the database did not answer in time", statement: JobStore.renew.name)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }
}
