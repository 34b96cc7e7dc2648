/// How plugins that use killmails meet the one that stores them, without knowing each other.
public enum StoredKillmails {
    /// The queue that gets the id of each killmail that was stored with all it says, at least once.
    ///
    /// The killmail itself is then to be read from `contract.killmail`, whose column `attackers` is a ``PackedAttackers``.
    public static let queue = "killmails.stored"
}
