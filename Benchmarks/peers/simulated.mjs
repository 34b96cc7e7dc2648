// Writes the killmails that a running eve-simulator has published as NDJSON:
//   node simulated.mjs R2Z2_URL KILLS TARGET
import { writeFileSync } from "node:fs";

const [url, kills, target] = process.argv.slice(2);
const options = { headers: { "user-agent": "battlescope-benchmarks (localhost)" } };

async function fetchJSON(name) {
  const response = await fetch(`${url}/ephemeral/${name}.json`, options);
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  return response.json();
}

// A newcomer is told the first number.
const first = (await fetchJSON("sequence")).sequence;
const lines = [];
for (let number = first; number < first + Number(kills); number++) {
  const { esi, zkb } = await fetchJSON(number);
  lines.push(JSON.stringify({ ...esi, zkb: { totalValue: zkb.totalValue } }) + "\n");
}
writeFileSync(target, lines.join(""));
console.log(`kills ${lines.length}`);
