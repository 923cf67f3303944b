/** Recordings that the simulator does not answer, each with the reason. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  "the answer was trimmed when it was recorded": ["project.all", "project.all-empty"],
  "no answer was recorded, the client gave up": ["project.create-unicode-nul"],
  "requests that overtake each other inside one procedure are not simulated": [
    "tag.update-removed-meanwhile",
  ],
  "containers are listed by the kind that they are of, never by their names alone": [
    "docker.getContainersByAppNameMatch-crashing",
  ],
  "the whole output of git and of image builders is not simulated": ["deployment.readLogs-git"],
  "what a command printed in a container is not simulated": [
    "deployment.readLogs-schedule-compose",
    "deployment.readLogs-schedule-compose-no-such-service",
    "deployment.readLogs-schedule-stack",
    "deployment.readLogs-schedule-stack-no-such-service",
  ],
  "its compose service ran when it was recorded, and does not in a replay": [
    "backup.manualBackupCompose-compose",
    "backup.manualBackupCompose-stack",
    "schedule.runManually-compose",
    "schedule.runManually-stack",
  ],
  "of a server whose PostgreSQL is no service of its docker": [
    "settings.checkInfrastructureHealth",
  ],
  "Dokploy's own rollbacks are not simulated": [
    "deployment.allByType-with-rollback",
    "rollback.rollback",
    "rollback.rollback-missing",
  ],
  "Capstan does not administer users, certificates, previews or notifications": [
    "certificates.all",
    "notification.all",
    "previewDeployment.all",
    "sshKey.create-bad",
    "user.createApiKey-defaults",
    "user.createApiKey-unlimited",
    "user.createUserWithCredentials",
  ],
};

export const UNCOVERED: ReadonlyMap<string, string> = new Map(
  Object.entries(REASONS).flatMap(([reason, names]) =>
    names.map((name) => [name, reason] as const),
  ),
);
