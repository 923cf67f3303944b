// The small schemas that manifests are made of. Their messages continue the sentence "`field` …" and
// never repeat the value: it may hold a secret.
import { z } from "zod";

export const apiVersion = "capstan/v1";

/** What a whole reference looks like in the JSON Schema: `$(parameters.memory)`. */
export const referencePattern = "\\$\\(";

export const dnsLabelPattern = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
export const longestName = 40;

const labelMessage =
  "must be a DNS label: a-z, 0-9 and -, beginning and ending with a letter or digit";

export const dnsLabel = z
  .string()
  .min(1)
  .max(longestName)
  .regex(dnsLabelPattern, { error: labelMessage });

/** Text that people may also write as a number or a boolean; it is taken as it is spelled. */
export const spelled = z.string().meta({ spelled: true });

export const nonEmpty = z.string().min(1);

export const duration = z.string().regex(/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/, {
  error: "must be a duration such as 30s, 1m30s or 2h",
});

export const portNumber = z.int().min(1).max(65535);

export const count = z.int().min(0);

/** Docker's names of volumes. */
export const volumeName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, {
  error: "must be a volume's name: letters, digits, _ . and -, beginning with a letter or digit",
});

/** How manifests name the host that Dokploy itself runs on. */
export const ownServer = "dokploy";

/** As Dokploy shows it under Remote Servers. */
export const serverName = z
  .string()
  .max(200)
  .regex(/^\S(?:.*\S)?$/, { error: "must be a server's name in Dokploy, on one line" });

export const absolutePath = z
  .string()
  .regex(/^\/(?!.*(?:^|\/)\.\.(?:\/|$))/, { error: "must be an absolute path without `..`" });

/** What Dokploy takes for a host: no underscore, wildcard or letters outside ASCII. */
export const hostname = z
  .string()
  .max(253)
  .regex(
    /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/,
    {
      error:
        "must be a host name of letters, digits, hyphens and dots; Dokploy takes no underscores, wildcards or " +
        "letters outside ASCII (write those as xn--…)",
    },
  );

export const urlPath = z.string().regex(/^\/[^\s`]*$/, { error: "must begin with `/`" });

/** A map of environment variables; their keys are checked with a better message than a schema has. */
export const environmentMap = z.record(z.string(), spelled);
