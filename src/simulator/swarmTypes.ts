/** What the simulated swarm holds: services with their specs, and the tasks of them. */

/** What the tasks of an image do; the name of the image says it. */
/** `unreachable`: the registry does not answer. */
export type ImageBehaviour = "healthy" | "crash" | "flap" | "missing" | "unreachable" | "slow";

export interface ServiceSpec {
  Name: string;
  Labels: Record<string, string>;
  TaskTemplate: {
    ContainerSpec: {
      Image: string;
      Labels?: Record<string, string>;
      Command?: string[];
      Args?: string[];
      Env?: string[];
      Mounts?: { Type: "volume" | "bind"; Source: string; Target: string }[];
      StopGracePeriod: number;
      [field: string]: unknown;
    };
    Resources: {
      Limits: { MemoryBytes?: number; NanoCPUs?: number };
      Reservations: { MemoryBytes?: number; NanoCPUs?: number };
    };
    RestartPolicy: unknown;
    Placement: unknown;
    Networks: { Target: string; Aliases?: string[] }[];
    ForceUpdate: number;
    Runtime: "container";
  };
  Mode: { Replicated: { Replicas: number } };
  UpdateConfig: { Order: string; FailureAction: string; [field: string]: unknown };
  RollbackConfig: unknown;
  EndpointSpec: {
    Mode: string;
    Ports?: {
      Protocol: string;
      TargetPort: number;
      PublishedPort: number;
      PublishMode: string;
    }[];
  };
}

export interface UpdateStatus {
  State:
    | "updating"
    | "paused"
    | "completed"
    | "rollback_started"
    | "rollback_paused"
    | "rollback_completed";
  StartedAt: string;
  CompletedAt?: string;
  Message: string;
}

export interface Task {
  containerId: string;
  state: "running" | "shutdown";
  verb: string;
  at: number;
  error: string;
}

export interface SwarmService {
  ID: string;
  appName: string;
  /** Null: the host that Dokploy runs on. */
  serverId: string | null;
  spec: ServiceSpec;
  /** What runs; differs from `spec.TaskTemplate` while an update hangs. */
  running: { image: string; behaviour: ImageBehaviour; since: number };
  updateStatus?: UpdateStatus;
  versionIndex: number;
  CreatedAt: string;
  UpdatedAt: string;
  /** Tasks that ended, newest first; at most four are kept, as swarm does. */
  ended: Task[];
  /** Of a service that runs once, its tasks, newest first. */
  runs: OneRun[];
  /** How many tasks it ever had, for their ids. */
  tasksMade: number;
  /** How often docker was restarted since that had it run anew. */
  daemonRestarts: number;
  /** Since when a container that ignores SIGTERM is being stopped. */
  lingers?: { since: number };
  /** Since when its newest tasks wait for an address; the older ones run on beside them, if there are any. */
  unaddressed?: { since: number; others: boolean };
  /** Compose containers are no swarm services and never listed. */
  compose: boolean;
  /** Shown behind the replicas, e.g. `2` for `1/1 (max 2 per node)`. */
  maxPerNode?: number;
}

/** One task of a service that runs once. */
export interface OneRun {
  taskId: string;
  /** What the service was when its task was made: a later update does not change it. */
  spec: ServiceSpec;
  behaviour: ImageBehaviour;
  /** Real milliseconds. */
  createdAt: number;
  /** It was ended before it ended by itself: by an update, a stop, or docker's own end. */
  cut?: { at: number; verb: "Shutdown" | "Failed"; error: string };
}
