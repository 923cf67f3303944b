// Law P9 inside of compose files: what somebody writes there who may only write `users/` is refused as well.
import { expect, test } from "vitest";
import { composeStack, file, refusals } from "./support.ts";

const inCompose: readonly (readonly [title: string, allow: string, text: string, said: string])[] =
  [
    [
      "a bind mount",
      "adopt: false",
      file('volumes: ["/etc:/x"]'),
      "`services.app.volumes[0]` mounts /etc of the host",
    ],
    [
      "the docker socket",
      "bindMounts: [/srv/**]",
      file('volumes: ["/run/docker.sock:/s:ro"]'),
      "mounts /run/docker.sock of the host",
    ],
    [
      "a detour out of an allowed folder",
      "bindMounts: [/srv/**]",
      file('volumes: ["/srv/../etc:/x"]'),
      "mounts /srv/../etc of the host",
    ],
    [
      "the docker socket through a volume",
      "adopt: false",
      file(
        'volumes: ["v:/x"]',
        "volumes: { v: { driver_opts: { type: none, o: bind, device: /var/run/docker.sock } } }",
      ),
      "`volumes.v.driver_opts.device` mounts /var/run/docker.sock of the host",
    ],
    [
      "a disk of the host through a volume",
      "adopt: false",
      file(
        'volumes: ["v:/x"]',
        "volumes: { v: { driver_opts: { type: ext4, device: /dev/sda1 } } }",
      ),
      "mounts /dev/sda1 of the host",
    ],
    [
      "privileged",
      "adopt: false",
      file("privileged: true"),
      "asks for privileged on the host, and the policy portal allows no rights on the host",
    ],
    [
      "the host's network",
      "adopt: false",
      file("network_mode: host"),
      "asks for network_mode: host on the host",
    ],
    [
      "the host's processes",
      "hostAccess: ['cap_add: NET_ADMIN']",
      file("pid: host"),
      "asks for pid: host on the host",
    ],
    [
      "rights",
      "hostAccess: [gpus]",
      file("cap_add: [SYS_ADMIN]"),
      "asks for cap_add: SYS_ADMIN on the host",
    ],
    [
      "devices",
      "adopt: false",
      file('devices: ["/dev/sda:/dev/sda"]'),
      "asks for devices: /dev/sda on the host",
    ],
    [
      "another container's volumes",
      "adopt: false",
      file("volumes_from: [container:shop-db]"),
      "asks for volumes_from: container:shop-db on the host",
    ],
    [
      "docker's API",
      "adopt: false",
      file("use_api_socket: true"),
      "asks for use_api_socket on the host",
    ],
    [
      "a file of the host as env",
      "adopt: false",
      file("env_file: /etc/app.env"),
      "mounts /etc/app.env of the host",
    ],
    [
      "another stack's volume",
      "externalVolumes: []",
      file('volumes: ["v:/x"]', "volumes: { v: { external: true, name: shop-data } }"),
      "`volumes.v.name` takes the volume shop-data by its name on the server",
    ],
    [
      "another stack's volume without external",
      "externalVolumes: [mine-*]",
      file('volumes: ["v:/x"]', "volumes: { v: { name: shop-data } }"),
      "takes the volume shop-data by its name on the server",
    ],
    [
      "another stack's network",
      "externalNetworks: []",
      file("networks: [n]", "networks: { n: { external: true, name: shop_default } }"),
      "joins the network shop_default by its name on the server",
    ],
    [
      "a secret of the swarm",
      "externalSecrets: []",
      file("secrets: [s]", "secrets: { s: { external: true } }"),
      "takes s of the swarm by its name",
    ],
    [
      "another stack's name on the network",
      "aliases: [queue-*]",
      file(
        "networks: { dokploy-network: { aliases: [shop-db] } }",
        "networks: { dokploy-network: { external: true } }",
      ),
      "asks for shop-db as a name on the network",
    ],
    [
      "another container's name",
      "aliases: []",
      file("container_name: dokploy-traefik"),
      "asks for dokploy-traefik as a name on the network",
    ],
    [
      "an image",
      "images: [docker.io/acme/*]",
      file(""),
      "`services.app.image` runs the image ghcr.io/acme/app:1",
    ],
    [
      "a port",
      "ports: []",
      file('ports: ["127.0.0.1:8080:80"]'),
      "publishes the port 127.0.0.1:8080 of the host",
    ],
    ["a free port", "ports: [8080]", file("ports: [80]"), "publishes a free port of the host"],
    [
      "a range that is allowed in part",
      "ports: [8000-8005]",
      file('ports: ["8003-8009:3-9"]'),
      "publishes the port 8003-8009 of the host",
    ],
    [
      "a port of the node",
      "hostPorts: false",
      file("ports: [ { target: 80, published: 81, mode: host } ]"),
      "publishes a port in mode host",
    ],
    [
      "a host in a label",
      "hosts: ['*.ai.example.com']",
      file("labels: ['traefik.http.routers.x.rule=Host(`shop.example.com`)']"),
      "asks for the host shop.example.com",
    ],
    [
      "every host in a label",
      "hosts: ['*.ai.example.com']",
      file(
        "labels: { Traefik.HTTP.Routers.x.Rule: 'Host(`a.ai.example.com`) || PathPrefix(`/`)' }",
      ),
      "has a rule for Traefik whose hosts cannot be told",
    ],
    [
      "nodes of others",
      "placement: []",
      file("deploy: { placement: { constraints: [node.role == manager] } }"),
      "asks for the constraint node.role == manager",
    ],
    [
      "as many containers as nodes",
      "replicas: { perStack: 3 }",
      file("deploy: { mode: global }"),
      "runs as many containers as there are nodes",
    ],
    [
      "too many containers",
      "replicas: { perStack: 3 }",
      file("deploy: { replicas: 4 }"),
      "the stack asks for 4 containers, and the policy portal allows 3 containers a stack",
    ],
    [
      "no memory limit",
      "memory: { perStack: 1Gi }",
      file(""),
      "`services.app` has no memory limit that can be told",
    ],
    [
      "too much memory",
      "memory: { perStack: 1Gi }",
      file("scale: 3\n    mem_limit: 512M"),
      "asks for 1536Mi of memory, and the policy portal allows 1Gi of memory a stack",
    ],
  ];

test.each(inCompose)("P9 %s in a compose file is refused", (_title, allow, text, said) => {
  const found = refusals(allow, composeStack(text));
  expect(found.join("\n")).toContain(said);
  expect(found[0]).toMatch(/^users\/alice\.yaml:\d+:\d+ \[alice\] /);
});

test.each([
  [
    "destinations: [own]",
    "backups: { b: { service: app, type: postgres, database: a, user: a, cron: '@daily', destination: s3 } }",
    "stores backups in the destination s3, and the policy portal allows only the destinations own",
  ],
  [
    "unreadCompose: true, externalVolumes: []",
    "git: { url: 'https://github.com/acme/x.git' }\nvolumeBackups: { b: { service: app, volume: shop-data, external: true, cron: '@daily', destination: s3 } }",
    "`compose.queue.volumeBackups.b.volume` takes the volume shop-data by its name on the server",
  ],
])("P9 a compose service's copies of data are judged: %s", (allow, more, said) => {
  const text = composeStack(file(""), more);
  const stack = more.startsWith("git") ? text.replace(/ {6}content:[^]*/, "") : text;
  expect(refusals(allow, stack).join("\n")).toContain(said);
});

test("P9 a compose file that is elsewhere is refused, as nobody can read what it asks for", () => {
  const stack = composeStack("x", "git: { url: 'https://github.com/acme/x.git' }").replace(
    / {6}content:[^]*/,
    "",
  );
  expect(refusals("adopt: false", stack)).toEqual([
    "users/alice.yaml:7:12 [alice] `compose.queue.git` has its compose file in another repository, so that nobody knows here what it asks for, and the policy portal allows only files that can be read here (policies/portal.yaml:4:48) (put the file into this repository and name it as `file`; or who may change policies/portal.yaml can allow it under `allow.unreadCompose`)",
  ]);
  expect(refusals("unreadCompose: true", stack)).toEqual([]);
  expect(refusals("unreadCompose: true, images: ['*']", stack)[0]).toContain(
    "is built from the repository github.com/acme/x",
  );
  expect(refusals("unreadCompose: true, replicas: { total: 5 }", stack)[0]).toContain(
    "as nobody can tell here",
  );
});
