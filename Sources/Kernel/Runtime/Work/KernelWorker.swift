import KernelAPI
import Logging
import ServiceLifecycle

/// A worker of the kernel's own: it belongs to no plugin and lives as long as the program.
struct KernelWorker: Service {
    private let runner: WorkerRunner

    /// Nobody watches its steps, so what it waits for has deadlines of its own.
    init(_ worker: any Worker, logger: Logger) {
        runner = WorkerRunner(
            worker: worker, label: "kernel.\(worker.name)", logger: logger, stepDeadline: .seconds(600), grace: .seconds(10))
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await runner.run()
        } onGracefulShutdown: {
            runner.finish()
        }
    }
}
