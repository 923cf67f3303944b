// The API of an engine on a real socket of loopback.
import type { Engine } from "../../src/engine/engine.ts";
import { startHttpServer } from "../../src/http/server.ts";
import type { HttpServer, ServerDeps } from "../../src/http/server.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";

/** Without tokens, unless `more` brings some. */
export function serveEngine(engine: Engine, more: Partial<ServerDeps> = {}): Promise<HttpServer> {
  return startHttpServer(
    {
      state: () => engine.state(),
      stacks: () => engine.stacks(),
      redact: (text) => text,
      clock: systemClock,
      logger: silentLogger,
      version: "1.2.3",
      api: { engine },
      ...more,
    },
    { host: "127.0.0.1", port: 0 },
  );
}
