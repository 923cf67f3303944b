// Loaded before Capstan (`NODE_OPTIONS=--import=…`): every name server that it asks is the one of loopback that a test
// has started, as nobody but the administrator may listen on port 53. Nothing is asked on the Internet.
import dns from "node:dns/promises";
import { syncBuiltinESMExports } from "node:module";

const port = process.env.NAME_SERVER_PORT ?? "";
const { setServers } = dns.Resolver.prototype;
dns.Resolver.prototype.setServers = function (servers) {
  setServers.call(
    this,
    servers.map(() => `127.0.0.1:${port}`),
  );
};
Object.assign(dns, { lookup: async () => [{ address: "127.0.0.1", family: 4 }] });
syncBuiltinESMExports();
