/** Dokploy's other servers, as its table and the machines themselves have them. */
/** The columns of `server`, in the order in which `server.all` answers them. */
export interface ServerRow {
  serverId: string;
  name: string;
  description: string | null;
  ipAddress: string;
  port: number;
  username: string;
  appName: string;
  enableDockerCleanup: boolean;
  buildsConcurrency: number;
  createdAt: string;
  organizationId: string;
  serverStatus: "active" | "inactive";
  serverType: "deploy" | "build";
  command: string;
  sshKeyId: string | null;
  metricsConfig: object;
}

/** `refused`: ssh says so at once; `silent`: nobody answers, and ssh gives up after its own time. */
export type Reach = "up" | "refused" | "silent";

export interface RemoteServer {
  row: ServerRow;
  reach: Reach;
  /** How much longer every command takes there. */
  slowMs: number;
}
