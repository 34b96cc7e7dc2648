extension Catalogue {
    /// One group and its types.
    struct Row {
        let role: Role
        let group: (id: Int64, name: String, category: Int64)
        let names: [String]
        /// Million ISK.
        let price: Double
        let hitPoints: Int
        let volume: Double
    }

    static let rows = [
        Row(
            role: .rookie, group: (237, "Corvette", 6), names: ["Acorn", "Paperclip"], price: 0.02, hitPoints: 600, volume: 15_000
        ),
        Row(
            role: .frigate, group: (25, "Frigate", 6), names: ["Splinter", "Kestrelet", "Minnow", "Thistle", "Gadfly", "Needle"],
            price: 1.4, hitPoints: 2400, volume: 27_000),
        Row(
            role: .frigate, group: (831, "Interceptor", 6), names: ["Whippet", "Quicksilver"], price: 32, hitPoints: 3100,
            volume: 28_000),
        Row(
            role: .destroyer, group: (420, "Destroyer", 6), names: ["Bramble", "Woodpecker", "Cudgel"], price: 2.6,
            hitPoints: 4800, volume: 45_000),
        Row(
            role: .destroyer, group: (541, "Interdictor", 6), names: ["Curtain", "Cobweb"], price: 75, hitPoints: 6200,
            volume: 44_000),
        Row(
            role: .cruiser, group: (26, "Cruiser", 6), names: ["Heron", "Anvil", "Sickle", "Lantern", "Mastiff", "Weaver"],
            price: 14,
            hitPoints: 16_000, volume: 110_000),
        Row(
            role: .cruiser, group: (358, "Heavy Assault Cruiser", 6), names: ["Wolverine", "Halberd", "Basalt"], price: 260,
            hitPoints: 38_000, volume: 112_000),
        Row(
            role: .logistics, group: (832, "Logistics", 6), names: ["Thermos", "Bandage", "Almoner"], price: 240,
            hitPoints: 32_000, volume: 105_000),
        Row(
            role: .battlecruiser, group: (419, "Combat Battlecruiser", 6),
            names: ["Rampart", "Cassowary", "Millstone", "Foghorn"],
            price: 62, hitPoints: 62_000, volume: 220_000),
        Row(
            role: .battleship, group: (27, "Battleship", 6), names: ["Cathedral", "Glacier", "Bellows", "Monsoon", "Viaduct"],
            price: 240, hitPoints: 115_000, volume: 480_000),
        Row(
            role: .battleship, group: (900, "Marauder", 6), names: ["Juggler", "Colossus"], price: 1600, hitPoints: 190_000,
            volume: 470_000),
        Row(
            role: .hauler, group: (28, "Hauler", 6), names: ["Wheelbarrow", "Pantry", "Satchel"], price: 3, hitPoints: 9000,
            volume: 260_000),
        Row(
            role: .hauler, group: (513, "Freighter", 6), names: ["Warehouse"], price: 1900, hitPoints: 310_000, volume: 16_000_000
        ),
        Row(
            role: .miner, group: (463, "Mining Barge", 6), names: ["Ladle", "Trowel", "Shovel"], price: 38, hitPoints: 17_000,
            volume: 180_000),
        Row(
            role: .capital, group: (485, "Dreadnought", 6), names: ["Hammerfall", "Landslide"], price: 4200,
            hitPoints: 1_900_000, volume: 15_000_000),
        Row(
            role: .capital, group: (547, "Carrier", 6), names: ["Beehive"], price: 3100, hitPoints: 1_700_000, volume: 1.3e7),
        Row(
            role: .capital, group: (30, "Titan", 6), names: ["Cordillera"], price: 118_000, hitPoints: 12_000_000,
            volume: 150_000_000),
        Row(
            role: .structure, group: (1657, "Citadel", 65), names: ["Lighthouse", "Bastide"], price: 2400, hitPoints: 9_500_000,
            volume: 800_000),
        Row(
            role: .structure, group: (1404, "Engineering Complex", 65), names: ["Workbench"], price: 1100, hitPoints: 7_000_000,
            volume: 90_000),
        Row(
            role: .deployable, group: (1246, "Mobile Depot", 22), names: ["Folding Closet", "Camping Tent"], price: 1.2,
            hitPoints: 9000, volume: 50),
        Row(
            role: .rat, group: (550, "Asteroid Frigate", 11), names: ["Grumpy Picket", "Rusty Lookout"], price: 0,
            hitPoints: 1800,
            volume: 27_000),
        Row(
            role: .rat, group: (552, "Asteroid Battleship", 11), names: ["Rusty Warlord", "Night Shift Overseer"], price: 0,
            hitPoints: 90_000, volume: 480_000),
        Row(
            role: .weapon, group: (55, "Projectile Weapon", 7), names: ["Popgun II", "Thumper II"], price: 2.1, hitPoints: 50,
            volume: 20),
        Row(
            role: .weapon, group: (53, "Energy Weapon", 7), names: ["Candle Laser II", "Searchlight II"], price: 2.4,
            hitPoints: 50, volume: 20),
        Row(
            role: .weapon, group: (74, "Hybrid Weapon", 7), names: ["Rivet Driver II", "Pea Shooter II"], price: 2.2,
            hitPoints: 50, volume: 20),
        Row(
            role: .weapon, group: (510, "Heavy Missile Launcher", 7), names: ["Skyrocket Rack II"], price: 2.8, hitPoints: 50,
            volume: 20),
        Row(
            role: .weapon, group: (100, "Combat Drone", 18), names: ["Bumblebee II", "Wasp-ish II"], price: 1.1, hitPoints: 400,
            volume: 10),
        Row(
            role: .module, group: (38, "Shield Extender", 7), names: ["Bubble Wrap II", "Thicker Bubble Wrap II"], price: 1.6,
            hitPoints: 50, volume: 20),
        Row(role: .module, group: (46, "Propulsion Module", 7), names: ["Tailwind II"], price: 4.5, hitPoints: 50, volume: 20),
        Row(role: .module, group: (205, "Heat Sink", 7), names: ["Open Window II"], price: 1.3, hitPoints: 50, volume: 5),
        Row(role: .module, group: (65, "Stasis Web", 7), names: ["Syrup Projector II"], price: 2, hitPoints: 50, volume: 5),
        Row(
            role: .module, group: (83, "Projectile Ammo", 8), names: ["Gravel S", "Gravel M"], price: 0.0004, hitPoints: 1,
            volume: 0.01),
    ]
}
