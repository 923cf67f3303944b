// The pages of a running controller: the API's reads and the portal, as the pages want them.
import type { Portal } from "../engine/portal/portal.ts";
import type { Engine } from "../engine/engine.ts";
import type { Clock } from "../lib/clock.ts";
import type { Api } from "./api/api.ts";
import { cleaned } from "./api/cleaned.ts";
import { deploymentView, ownStackView, settingsView } from "./api/portal-views.ts";
import type { Auth } from "./auth/auth.ts";
import type { DashboardReads, PortalReads } from "./pages/page-data.ts";
import { pagesRoutes } from "./pages/routes.ts";
import { cardShell } from "./pages/shell.ts";
import type { StaticFiles } from "./static/files.ts";

export interface SiteDeps {
  readonly files: StaticFiles;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  readonly engine: Engine;
  readonly portal: Portal | null;
  /** The key in the links of commits' checks; null without such links. */
  readonly commitKey: ((sha: string) => string) | null;
}

/** All rows of the list: the page filters them itself. */
const mostStacks = 20_000;

function dashboardReads({ reads }: Api): DashboardReads {
  return {
    ...reads,
    stacks: async () => (await reads.stacks({ limit: mostStacks })).stacks,
  };
}

function portalReads(portal: Portal, { engine, redact }: SiteDeps): PortalReads {
  const clean = <T>(value: T): T => cleaned(value, redact);
  return {
    settings: async () => clean(settingsView(await portal.form())),
    own: async (person) =>
      clean((await portal.own(person)).map((own) => ownStackView(own, engine.isBusy(own.name)))),
    async deployment(id) {
      const state = await portal.state(id);
      return state === null ? null : clean(deploymentView(state));
    },
  };
}

export function siteRoutes(deps: SiteDeps, api: Api, auth: Auth) {
  const { files, clock, portal, commitKey } = deps;
  return pagesRoutes({
    files,
    clock,
    access: auth.access,
    portalPerson: auth.portalPerson,
    reads: dashboardReads(api),
    portal: portal === null ? null : portalReads(portal, deps),
    commitKey,
    page: cardShell(files),
  });
}
