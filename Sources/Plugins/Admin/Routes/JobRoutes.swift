import Foundation
import KernelAPI

/// `/admin/jobs`: what the scheduler does, and doing it now.
struct JobRoutes {
    let jobs: any JobAdministration

    var routes: [Route] {
        [
            .get("/admin/jobs", "Scheduled jobs and their last runs", policy: .superadmin) { (_: NoInput, _) in
                Listing(try await jobs.jobs().map { JobItem(status: $0) })
            },
            .get("/admin/jobs/{job}/runs", "A job's runs, newest first", policy: .superadmin, problems: [.notFound]) {
                (input: JobRunsInput, _) in
                Listing(try await jobs.runs(of: input.job, limit: input.limit).map { JobRunItem(run: $0) })
            },
            .post("/admin/jobs/{job}/run", "Run a job now, beside its schedule", policy: .superadmin, problems: [.notFound]) {
                (input: JobInput, _: NoBody, request) in
                Accepted(JobRunItem(run: try await jobs.runNow(input.job, by: request.actor)))
            },
            .post("/admin/jobs/{job}/pause", "Let a job's ticks pass", policy: .superadmin, problems: [.notFound]) {
                (input: JobInput, _: NoBody, request) in
                JobItem(status: try await jobs.setPaused(input.job, true, by: request.actor))
            },
            .post("/admin/jobs/{job}/resume", "Let a paused job run again", policy: .superadmin, problems: [.notFound]) {
                (input: JobInput, _: NoBody, request) in
                JobItem(status: try await jobs.setPaused(input.job, false, by: request.actor))
            },
        ]
    }
}

struct JobInput: RouteInput {
    let job: String
    init(_ parameters: inout ParameterReader) { job = parameters.pathText("job") }
}

struct JobRunsInput: RouteInput {
    let job: String
    let limit: Int

    init(_ parameters: inout ParameterReader) {
        job = parameters.pathText("job")
        limit = parameters.integer("limit", default: 50, in: 1...100)
    }
}

/// A job and how it is doing.
struct JobItem: JSONRepresentable {
    let status: JobStatus

    static let json = JSONForm<JobItem>("Job") { form in
        form.text("job") { $0.status.job }
        form.text("summary") { $0.status.summary }
        form.text("schedule") { $0.status.schedule }
        form.boolean("isPaused") { $0.status.isPaused }
        form.time("nextTick") { $0.status.nextTick }
        form.object("lastRun") { $0.status.lastRun.map { JobRunItem(run: $0) } }
    }
}

/// One run of a job.
struct JobRunItem: JSONRepresentable {
    let run: JobRunStatus

    static let json = JSONForm<JobRunItem>("JobRun") { form in
        form.uuid("id") { $0.run.id }
        form.text("job") { $0.run.job }
        form.time("tick", "The moment that the run stands for") { $0.run.tick }
        form.integer("attempt") { $0.run.attempt }
        form.choice("state") { $0.run.state }
        form.text("pod") { $0.run.pod }
        form.time("startedAt") { $0.run.startedAt }
        form.time("endedAt") { $0.run.endedAt }
        form.text("error") { $0.run.error }
    }
}
