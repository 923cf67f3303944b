// Keeps one PostgreSQL for all tests of a run: started when the first of them asks, and stopped when the run has ended,
// however that ended.
import { createServer } from "node:net";
import { startPostgres } from "./postgres-cluster.ts";
import type { PostgresCluster } from "./postgres-cluster.ts";

const [socket = "", bin = ""] = process.argv.slice(2);
let started: Promise<PostgresCluster> | null = null;

const server = createServer((connection) => {
  connection.on("error", () => undefined);
  started ??= startPostgres(bin);
  started.then(
    ({ url }) => connection.end(JSON.stringify({ url })),
    (error: unknown) => connection.end(JSON.stringify({ error: String(error) })),
  );
});
server.listen(socket, () => process.send?.("ready"));

process.once("disconnect", () => {
  server.close();
  void (async () => {
    const running = await started?.catch(() => null);
    await running?.close();
    process.exit(0);
  })();
});
