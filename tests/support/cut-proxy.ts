// A way to a server that a test can cut: connections are refused, or answer nothing any more as behind a firewall that
// drops packets, until the way is whole again.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface CutProxy {
  readonly port: number;
  /** New connections are closed, those that are open end. */
  refuse(): void;
  /** Nothing is carried any more, in neither direction, and nobody is told. */
  stall(): void;
  /** Each answer takes so much longer from now on. */
  slow(ms: number): void;
  /** New connections work; those that were stalled end. */
  mend(): void;
  close(): Promise<void>;
}

export async function startCutProxy(toPort: number): Promise<CutProxy> {
  type Mode = "whole" | "refused" | "stalled";
  let mode: Mode = "whole";
  let delayMs = 0;
  const open = new Set<Socket>();

  function endAll(): void {
    for (const socket of open) socket.destroy();
    open.clear();
  }

  const server = createServer((near) => {
    if (mode === "refused") {
      near.destroy();
      return;
    }
    const far = connect(toPort, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("error", () => undefined);
      from.on("data", (data) => {
        if (mode === "stalled") return;
        if (from === near || delayMs === 0) to.write(data);
        else setTimeout(() => to.writable && to.write(data), delayMs);
      });
      from.on("close", () => {
        open.delete(from);
        if (mode !== "stalled") to.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    refuse() {
      mode = "refused";
      endAll();
    },
    stall() {
      mode = "stalled";
    },
    slow(ms) {
      delayMs = ms;
    },
    mend() {
      if (mode === "stalled") endAll();
      mode = "whole";
      delayMs = 0;
    },
    async close() {
      endAll();
      server.close();
      await once(server, "close");
    },
  };
}
