/** What docker compose keeps of a project: data alone. */
export interface Container {
  id: string;
  service: string;
  name: string;
  image: string;
  command: string;
  labels: Record<string, string>;
  env: Record<string, string>;
  restart: string;
  health: "passes" | "fails" | null;
  /** Of all that makes docker replace it. */
  config: string;
  createdAt: number;
  since: number;
  /** By a person or by `stop`; it stays down. */
  stopped: { at: number; code: number } | null;
}

/** What docker compose keeps of one project. */
export interface ComposeProject {
  /** Null: on the host that Dokploy runs on. */
  serverId: string | null;
  /** The file that Dokploy wrote last. */
  file: string;
  containers: Container[];
}
