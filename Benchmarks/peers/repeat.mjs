// Makes a long file of killmails from a short one:
//   node repeat.mjs SOURCE COPIES TARGET
// Each copy is 60 days and ten million ids later than the one before. All of it is moved by whole copies' lengths so that
// the newest killmail lies in the past: what comes from the future is refused.
import { createWriteStream, readFileSync } from "node:fs";
import { once } from "node:events";
import { gunzipSync } from "node:zlib";

const DAYS = 60 * 86_400_000;
const IDS = 10_000_000;

const [source, copies, target] = process.argv.slice(2);
const bytes = readFileSync(source);
const text = (source.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
const mails = text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
const times = mails.map((mail) => Date.parse(mail.killmail_time));
const newest = times.reduce((a, b) => Math.max(a, b));
const last = Math.floor((Date.now() - newest) / DAYS);

const out = createWriteStream(target);
for (let copy = 0; copy < Number(copies); copy++) {
  const shift = (last - Number(copies) + 1 + copy) * DAYS;
  const lines = mails.map((mail, index) => {
    const killmail_time = new Date(times[index] + shift).toISOString().replace(".000Z", "Z");
    // A hash would no longer fit the new time.
    return JSON.stringify({ ...mail, killmail_id: mail.killmail_id + copy * IDS, killmail_time, hash: undefined });
  });
  if (!out.write(lines.join("\n") + "\n")) await once(out, "drain");
}
out.end();
await once(out, "finish");
console.log(`kills ${mails.length * Number(copies)}`);
