import HTTPTypes
package import KernelAPI

extension MountedRoute {
    /// The statuses of every problem that it can answer with: its handler's own, and the kernel's. What concerns a malformed
    /// message rather than this route (405, 408, 411 to 417, 431) is left out.
    package var problemStatuses: [Int] {
        var statuses: Set<Int> = [400, 500, 503]
        statuses.formUnion(route.problems.map(\.rawValue))
        if route.policy.rule != .open { statuses.formUnion([401, 403]) }
        if plugin != Self.kernel { statuses.insert(404) }
        if route.bodyLimit > 0 { statuses.formUnion([413, 415]) }
        if pace != .unlimited { statuses.insert(429) }
        return statuses.sorted()
    }

    /// The answers that its output declares, and 304 where clients may keep them.
    package var answers: [AnswerDescription] {
        route.description.answers() + (route.cache == .never ? [] : [AnswerDescription(.notModified)])
    }
}
