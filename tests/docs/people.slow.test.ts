// Who may sign in: how-to/sign-in.md, with an OpenID provider beside it, and the token of reference/environment.md.
import { expect, onTestFinished, test } from "vitest";
import { hashToken } from "../../src/lib/api-token.ts";
import { clientId, clientSecret, startProvider } from "../http/auth/provider.ts";
import { startCapstan } from "../support/capstan-process.ts";
import { freePort } from "../support/free-port.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import { until } from "../support/until.ts";
import { stackOf } from "./reader-world.ts";
import { walkOf } from "./walk.ts";

test("how-to/sign-in.md: a token and a provider let people in, with the roles that it says", async () => {
  const walk = await walkOf("how-to/sign-in.md");
  onTestFinished(() => walk.close());
  const port = String(await freePort());
  const site = `http://127.0.0.1:${port}`;
  const provider = await startProvider(`${site}/auth/callback`);
  onTestFinished(() => provider.close());
  const simulator = await startSimulator({ timeScale: 0.05 });
  onTestFinished(() => simulator.close());
  await walk.write({ "stacks/shop.yaml": stackOf("shop") });

  await walk.run("capstan token zoe", { then: "> zoe.token" });
  await walk.prepare("set -a; . ./zoe.token");
  await walk.run("PUBLIC_URL=", { own: { "https://capstan.example.com": site } });
  await walk.run("PORTAL_AUTH=");
  await walk.run("OIDC_ISSUER=", { own: { "https://git.example.com/": provider.issuer } });
  await walk.run("OIDC_CLIENT_ID=", { own: { "…": clientId } });
  await walk.run("OIDC_CLIENT_SECRET=", { own: { "…": clientSecret } });
  await walk.run("OIDC_OPERATORS=");
  await walk.prepare(`HOST=127.0.0.1 PORT=${port} LOG_LEVEL=info`);
  const settings = await walk.prepare(
    "env | grep -E '^(PUBLIC|PORTAL|OIDC|HOST|PORT|API|STATE|LOG)'",
  );
  const controller = startCapstan(["run", "--source", "stacks"], {
    folder: walk.home,
    environment: {
      ...Object.fromEntries(settings.split("\n").map((line) => line.split(/=(.*)/s).slice(0, 2))),
      DOKPLOY_URL: simulator.url,
      DOKPLOY_API_TOKEN: simulator.apiKey,
    },
  });
  onTestFinished(() => controller.close());
  await controller.address();

  // Zoe's token looks, and does nothing else.
  await walk.prepare(`export CAPSTAN_URL=${site}`);
  await until("the stack is there", async () =>
    (await walk.prepare("capstan get stacks")).includes("shop"),
  );
  expect(await walk.prepare("! capstan suspend shop")).toContain("zoe may not do this");

  // The first account of the provider is an operator.
  provider.next = "1";
  provider.people.set("1", { name: "Ada" });
  await walk.prepare(`curl -sSL -c jar -b jar "${site}/auth/start?to=/" -o page.html`);
  const line = await until("it is logged", () =>
    controller
      .err()
      .split("\n")
      .find((one) => one.includes("signed in")),
  );
  expect(JSON.parse(line)).toMatchObject({ person: "oidc:1", role: "operator" });
  walk.end();
});

test("reference/environment.md: `capstan token` makes an entry of API_TOKENS", async () => {
  const walk = await walkOf("reference/environment.md");
  onTestFinished(() => walk.close());
  const printed = await walk.run("capstan token", { then: "ada" });
  const [, token = ""] = /^CAPSTAN_TOKEN=(\S+)$/m.exec(printed) ?? [];
  expect(printed).toContain(`:${hashToken(token)}`);
  expect(printed).toMatch(/^API_TOKENS=ada:/m);
  walk.end();
});
