/** settings.*, user.get, server.all: what is asked once, at a start. */
import { z } from "zod";
import { requirePrivilege } from "../access.ts";
import { mutation, nothing, query, type Router } from "../procedure.ts";
import type { ServerRow } from "../remoteRows.ts";
import { newestFirst } from "../state.ts";
import { isoNow } from "../time.ts";
import type { Call } from "../world.ts";

export const settingsRouter: Router = {
  getDokployVersion: query(nothing, (_input, call) => call.world.tables.version),
  health: query(nothing, () => ({ status: "ok" })),
  // Not recorded: as Dokploy's source of v0.30.2 answers.
  checkInfrastructureHealth: query(nothing, (_input, call) => {
    requirePrivilege(call, "organization");
    return { postgres: { status: "healthy" }, traefik: { status: "healthy" } };
  }),
  updateBuildsConcurrency: mutation(
    z.object({ buildsConcurrency: z.coerce.number().int().min(1).max(100) }),
    (input, call) => {
      requirePrivilege(call, "organization");
      call.world.tables.buildsConcurrency = input.buildsConcurrency;
      return true;
    },
  ),
  getWebServerSettings: query(nothing, (_input, call) => ({
    id: "abbcc847-12da-4861-87c4-41673beee591",
    serverIp: null,
    certificateType: "none",
    https: false,
    host: null,
    letsEncryptEmail: null,
    sshPrivateKey: null,
    enableDockerCleanup: true,
    logCleanupCron: "0 0 * * *",
    metricsConfig: {
      server: {
        port: 4500,
        type: "Dokploy",
        token: "",
        cronJob: "",
        thresholds: { cpu: 0, memory: 0 },
        refreshRate: 60,
        urlCallback: "",
        retentionDays: 2,
      },
      containers: { services: { exclude: [], include: [] }, refreshRate: 60 },
    },
    whitelabelingConfig: {
      appName: null,
      docsUrl: null,
      logoUrl: null,
      customCss: null,
      metaTitle: null,
      faviconUrl: null,
      footerText: null,
      supportUrl: null,
      loginLogoUrl: null,
      appDescription: null,
      errorPageTitle: null,
      errorPageDescription: null,
    },
    remoteServersOnly: false,
    buildsConcurrency: call.world.tables.buildsConcurrency,
    enforceSSO: false,
    cleanupCacheApplications: false,
    cleanupCacheOnPreviews: false,
    cleanupCacheOnCompose: false,
    createdAt: "2026-11-22T05:52:12.459Z",
    updatedAt: isoNow(),
  })),
};

export const userRouter: Router = {
  get: query(nothing, (_input, call) => {
    const { world, actor } = call;
    return {
      id: "9xvD5RC0saSurUTIXhY5Z",
      organizationId: world.tables.organizationId,
      userId: world.userId,
      role: actor.role,
      createdAt: "2026-11-22T05:54:12.497Z",
      teamId: null,
      isDefault: true,
      canCreateProjects: false,
      canAccessToSSHKeys: false,
      canCreateServices: false,
      canDeleteProjects: false,
      canDeleteServices: false,
      canAccessToDocker: false,
      canAccessToAPI: false,
      canAccessToGitProviders: false,
      canAccessToTraefikFiles: false,
      canDeleteEnvironments: false,
      canCreateEnvironments: false,
      accessedProjects: [...actor.accessedProjects],
      accessedEnvironments: [...actor.accessedEnvironments],
      accessedServices: [...actor.accessedServices],
      accessedGitProviders: [],
      accessedServers: [],
      user: {
        id: world.userId,
        firstName: "Admin",
        lastName: "User",
        email: "admin@example.com",
        image: null,
        allowImpersonation: false,
        twoFactorEnabled: false,
        stripeCustomerId: null,
        stripeSubscriptionId: null,
        serversQuantity: 0,
        isEnterpriseCloud: false,
        sendInvoiceNotifications: false,
        apiKeys: [
          {
            id: "lJ1uQG4HwOsljU5jOuPD85kpHfXwpBfB",
            name: "ctl",
            prefix: null,
            enabled: true,
            expiresAt: null,
            createdAt: "2026-11-22T05:54:50.750Z",
          },
        ],
      },
    };
  }),
};

export const serverRouter: Router = {
  getServerTime: query(nothing, () => ({ time: isoNow(), timezone: "Etc/UTC" })),
  all: query(nothing, (_input, call) => {
    requirePrivilege(call, "server");
    return serversOf(call, () => true).map((row) => ({ ...row, totalSum: 0 }));
  }),
  /** Those that can be deployed to. */
  withSSHKey: query(nothing, (_input, call) => {
    requirePrivilege(call, "server");
    return serversOf(call, (row) => row.sshKeyId !== null && row.serverType === "deploy");
  }),
};

function serversOf({ world }: Call, test: (row: ServerRow) => boolean): ServerRow[] {
  const rows = [...world.tables.servers.values()].map(({ row }) => row);
  return newestFirst(rows.filter(test)).map((row) => ({ ...row }));
}
