// What Dokploy's requests take and no manifest says, with the reason: a new field of Dokploy belongs into the schema or
// into this list. `schemas/README.md` shows it.
import { databaseKinds } from "../../src/model/kinds/database-rows.ts";

export interface LeftOut {
  readonly why: string;
  /** By procedure. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

const databaseUpdates = databaseKinds.map((kind) => `${kind}.update`);
const ofDatabases = (...fields: readonly string[]): Record<string, readonly string[]> =>
  Object.fromEntries(databaseUpdates.map((procedure) => [procedure, fields]));

const state = ["appName", "applicationStatus", "createdAt", "environmentId", "name"];
const networks = ["detachDokployNetwork", "networkIds"];

export const leftOut: readonly LeftOut[] = [
  {
    why: "State of Dokploy's own, which no configuration changes: names are given when a service is made, and a move to another environment is a request of its own.",
    fields: {
      "application.update": [...state, "refreshToken"],
      ...ofDatabases(...state),
      "compose.update": [
        ...["appName", "composeStatus", "createdAt", "environmentId", "name", "refreshToken"],
        "icon",
      ],
    },
  },
  {
    why: "How Dokploy's own pages show a service.",
    fields: { "application.update": ["enabled", "icon", "subtitle", "title"] },
  },
  {
    why: "Dokploy's own webhooks, which Capstan turns off (`autoDeploy`): it looks for new commits itself (`git.follow`).",
    fields: {
      "application.update": ["triggerType", "watchPaths"],
      "compose.update": ["triggerType", "watchPaths"],
    },
  },
  {
    why: "The version of a builder: Dokploy's own, or the one that people chose there.",
    fields: { "application.update": ["herokuVersion", "railpackVersion"] },
  },
  {
    why: "The number by which Dokploy's page finds a project of GitLab; a build goes by its path.",
    fields: {
      "application.update": ["gitlabProjectId"],
      "compose.update": ["gitlabProjectId"],
    },
  },
  {
    why: "A code archive that somebody uploads by hand.",
    fields: { "application.update": ["dropBuildPath"] },
  },
  {
    why: "A server of its own for builds, with the registry that it needs: people choose it in Dokploy.",
    fields: { "application.update": ["buildRegistryId", "buildServerId"] },
  },
  {
    why: "Preview deployments: Dokploy makes and removes them by itself, for pull requests of the application's own repository.",
    fields: {
      "application.update": [
        ...["isPreviewDeploymentsActive", "previewBuildArgs", "previewBuildSecrets"],
        ...["previewCertificateType", "previewCustomCertResolver", "previewEnv", "previewHttps"],
        ...["previewLabels", "previewLimit", "previewPath", "previewPort"],
        ...["previewRequireCollaboratorPermissions", "previewWildcard"],
      ],
      "domain.create": ["previewDeploymentId"],
    },
  },
  {
    why: "Dokploy's rollback to an image that it pushed to a registry: it leaves no deployment behind and no row shows it, so nobody could tell what runs. `rollout.onFailure: rollback` goes back to a revision of Git instead.",
    fields: { "application.update": ["rollbackActive", "rollbackRegistryId"] },
  },
  {
    why: "Replicas say how many containers run; a global service, or a job, would never have as many as are wanted.",
    fields: { "application.update": ["modeSwarm"], ...ofDatabases("modeSwarm") },
  },
  {
    why: "Networks beside `dokploy-network`, which Capstan needs to find a service by its name. Those that people add by hand are kept.",
    fields: { "application.update": networks, ...ofDatabases(...networks) },
  },
  {
    why: "Traefik's sign-in before a domain stays as people set it in Dokploy: a manifest that does not name it would open the page to everybody.",
    fields: { "domain.create": ["forwardAuthEnabled"] },
  },
  {
    why: "Dokploy's ways of renaming what a compose file says, by which the file in Git would not be what runs.",
    fields: { "compose.update": ["isolatedDeploymentsVolume", "suffix", "serviceNetworks"] },
  },
  {
    why: "Dokploy runs a libsql database with docker's own grace period, whatever its row says.",
    fields: { "libsql.update": ["stopGracePeriodSwarm"] },
  },
  {
    why: "A replica set is begun when a mongo database is made, and no change of this field begins or ends one.",
    fields: { "mongo.update": ["replicaSets"] },
  },
  {
    why: "A database is one container that is stopped before its successor starts, so that two never write to one volume.",
    fields: ofDatabases(
      "endpointSpecSwarm",
      "rollbackConfigSwarm",
      "ulimitsSwarm",
      "updateConfigSwarm",
    ),
  },
];
