/// What stands under one number of the feed.
struct FeedEntry: Sendable {
    enum Content: Sendable {
        case kill(FeedKill)
        /// A 404 for ever.
        case hole
        case placeholder
        /// An envelope that is served as it is.
        case raw([UInt8])
    }

    let sequence: Int64
    let content: Content
    /// Simulated; becomes later when the file is overwritten.
    var uploadedAt: Int64
    /// When it was first put up, simulated; files expire a day later.
    let bornAt: Int64
    /// By the machine's clock: before it the answer is 404.
    let readableAt: Double
    var form = AppraisalForm()
    var isReference = false
    var sequenceUpdated: Int64?
    /// The label that was added when the file was overwritten.
    var rewrittenLabel: String?

    func body(stale: Bool = false) -> [UInt8]? {
        switch content {
        case .hole: return nil
        case .placeholder: return Envelope.placeholder(sequence: sequence, uploadedAt: uploadedAt).bytes
        case .raw(let bytes): return bytes
        case .kill(let kill):
            var form = form
            if !stale { form.extraLabel = rewrittenLabel }
            return Envelope(
                killmailID: kill.id, hash: kill.hash, esi: isReference ? nil : kill.esi, appraisal: form.json(of: kill).bytes,
                uploadedAt: stale ? bornAt : uploadedAt, sequence: sequence, sequenceUpdated: sequenceUpdated
            ).bytes
        }
    }
}
