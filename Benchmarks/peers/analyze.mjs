// The peer of `battlescope analyze`: the specification's clustering pseudocode, as one would write it for Node.
//   node analyze.mjs FILE [BATTLES]     FILE: killmails as NDJSON; prints "kills N battles M"
import { closeSync, openSync, readSync, writeFileSync } from "node:fs";

const GAP_MAX = 15 * 60 * 1000;
const MIN_KILLS = 2;

/** Parses the file a piece at a time, as it is larger than the longest string that V8 allows. */
function readKills(path) {
  const kills = [];
  const file = openSync(path, "r");
  const piece = Buffer.allocUnsafe(1 << 24);
  let rest = 0;
  for (;;) {
    const read = readSync(file, piece, rest, piece.length - rest, null);
    if (read === 0) break;
    const filled = rest + read;
    const end = piece.lastIndexOf(10, filled - 1);
    for (const line of piece.latin1Slice(0, end).split("\n")) if (line) kills.push(toKill(JSON.parse(line)));
    piece.copy(piece, 0, end + 1, filled);
    rest = filled - end - 1;
  }
  if (rest > 0) kills.push(toKill(JSON.parse(piece.latin1Slice(0, rest))));
  closeSync(file);
  return kills;
}

/** Keeps what clustering needs: the alliance, else the corporation, of everybody on the mail. */
function toKill(mail) {
  const parties = new Set();
  addParty(parties, mail.victim);
  for (const attacker of mail.attackers) addParty(parties, attacker);
  return { id: mail.killmail_id, system: mail.solar_system_id, time: Date.parse(mail.killmail_time), parties };
}

function addParty(parties, { alliance_id: alliance, corporation_id: corporation }) {
  if (alliance !== undefined) parties.add(alliance);
  else if (corporation !== undefined) parties.add(corporation);
}

function battlesOf(kills) {
  const systems = new Map();
  for (const kill of kills) {
    const system = systems.get(kill.system);
    if (system) system.push(kill);
    else systems.set(kill.system, [kill]);
  }
  const battles = [];
  for (const system of systems.values()) {
    system.sort((a, b) => a.time - b.time || a.id - b.id);
    let cluster = [];
    let parties = new Set();
    for (const kill of system) {
      if (cluster.length > 0 && kill.time - cluster.at(-1).time > GAP_MAX && !overlaps(parties, kill)) {
        if (cluster.length >= MIN_KILLS) battles.push(cluster);
        cluster = [];
        parties = new Set();
      }
      cluster.push(kill);
      for (const party of kill.parties) parties.add(party);
    }
    if (cluster.length >= MIN_KILLS) battles.push(cluster);
  }
  return battles;
}

function overlaps(parties, kill) {
  for (const party of kill.parties) if (parties.has(party)) return true;
  return false;
}

const [path, output] = process.argv.slice(2);
const kills = readKills(path);
const battles = battlesOf(kills);
if (output) {
  writeFileSync(output, battles.map((battle) => JSON.stringify({ killmailIds: battle.map(({ id }) => id) }) + "\n").join(""));
}
console.log(`kills ${kills.length} battles ${battles.length}`);
