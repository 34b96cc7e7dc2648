import Foundation
import KernelAPI
import KernelTesting
import Testing

@Suite struct JobRouteTests {
    @Test("Jobs are listed with their last run; runs are listed by job")
    func jobs() async throws {
        try await AdminBench.run { bench in
            #expect(await bench.superAdmin.get("/admin/jobs").json["items"].items.isEmpty)
            let run = try await bench.kernel.run(job: "fleets.count")
            let job = await bench.superAdmin.get("/admin/jobs").json["items"][0]
            #expect(job["job"].text == "fleets.count" && job["summary"].text == "Counts ships")
            #expect(job["schedule"].text == "every 3600 s" && job["isPaused"] == .bool(false) && job["nextTick"].text != nil)
            #expect(job["lastRun"]["state"].text == "succeeded")
            let runs = await bench.superAdmin.get("/admin/jobs/fleets.count/runs").json["items"]
            #expect(runs[0] == job["lastRun"] && runs[0]["id"].text == run.id.uuidString.lowercased())
            #expect(await bench.superAdmin.get("/admin/jobs/fleets.count/runs?limit=0").status == 400)
            #expect(await bench.superAdmin.get("/admin/jobs/fleets.count/runs?limit=101").status == 400)
        }
    }

    @Test("A job is run now, paused and resumed by a superadmin, each once in the audit log")
    func changes() async throws {
        try await AdminBench.run { bench in
            _ = try await bench.kernel.run(job: "fleets.count")
            bench.kernel.clock.advance(by: .seconds(1))
            let asked = await bench.superAdmin.post("/admin/jobs/fleets.count/run")
            #expect(asked.status == 202 && asked.json["state"].text == "requested" && asked.json["pod"] == .null)
            let again = await bench.superAdmin.post("/admin/jobs/fleets.count/run")
            #expect(again.status == 202 && again.json["id"] == asked.json["id"], "one run waits at most")
            let paused = await bench.superAdmin.post("/admin/jobs/fleets.count/pause")
            #expect(paused.status == 200 && paused.json["isPaused"].isTrue && paused.json["nextTick"] == .null)
            #expect(await bench.superAdmin.post("/admin/jobs/fleets.count/pause").json["isPaused"].isTrue)
            #expect(await bench.superAdmin.post("/admin/jobs/fleets.count/resume").json["isPaused"] == .bool(false))
            let audit = try await bench.audit()
            #expect(
                audit == [
                    "job.run_requested job:fleets.count", "job.paused job:fleets.count", "job.resumed job:fleets.count",
                ])
        }
    }

    @Test("There is no job of another name")
    func unknown() async throws {
        try await AdminBench.run { bench in
            let runs = await bench.superAdmin.get("/admin/jobs/fleets.sink/runs")
            #expect(runs.status == 404)
            for action in ["run", "pause", "resume"] {
                let answer = await bench.superAdmin.post("/admin/jobs/fleets.sink/\(action)")
                #expect(answer.status == 404 && answer.json["error"].text == "not_found")
                #expect(await bench.admin.post("/admin/jobs/fleets.sink/\(action)").status == 403)
            }
        }
    }
}
