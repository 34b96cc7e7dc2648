// Answers every request with constant bytes:
//   node http.mjs FILE CONTENT-TYPE
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [file, type] = process.argv.slice(2);
const bytes = readFileSync(file);
const server = createServer((_, response) => {
  response.writeHead(200, { "content-type": type, "content-length": bytes.length });
  response.end(bytes);
});
server.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
