import KernelAPI

/// The workers that this pod runs, each with its runner, and who wakes on which queue.
struct WorkerSet {
    private(set) var runners: [WorkerRunner] = []
    private(set) var subscribers: [QueueName: [WakeSignal]] = [:]

    init(plugins: [LoadedPlugin]) {
        for plugin in plugins {
            for worker in plugin.servedWorkers {
                let wake = WakeSignal()
                runners.append(
                    WorkerRunner(
                        worker: worker, label: "\(plugin.name).\(worker.name)", wake: wake, logger: plugin.logger,
                        clock: ContinuousClock()))
                for queue in worker.wakesOn { subscribers[queue, default: []].append(wake) }
            }
        }
    }
}
