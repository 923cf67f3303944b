/**
 * Projects as people make them by hand in Dokploy's pages, for who wants to try `capstan export` without a server of
 * their own: a shop with a database, passwords and an application that never ran, and two that are alike.
 */
import type { People } from "./people.ts";

/** Dokploy's pages leave this on. */
const byHand = { sourceType: "docker", autoDeploy: true };

export function addExample(people: People): void {
  const { project } = people.addProject({
    name: "My Shop",
    description: "Sells things",
    env: "TZ=Europe/Amsterdam",
  });
  const databasePassword = "tomatoes-in-june-1987";
  const database = people.addDatabase(project.projectId, "postgres", {
    ...{ name: "db", dockerImage: "postgres:17" },
    ...{ databaseName: "shop", databaseUser: "shop", databasePassword },
  });
  people.runDatabase("postgres", database.postgresId as string);
  const web = people.addApplication(project.projectId, {
    ...{ ...byHand, name: "Web", dockerImage: "nginx:1.28" },
    env: [
      `DATABASE_URL=postgres://shop:${databasePassword}@${database.appName}:5432/shop`,
      "MAIL_PASSWORD=pigeons-are-slower-7",
      "MODE=live",
    ].join("\n"),
  });
  people.runApplication(web.applicationId);
  people.addApplication(project.projectId, {
    ...{ ...byHand, name: "old", dockerImage: "nginx:1.20" },
  });
  for (const name of ["shop-a", "shop-b"]) {
    const made = people.addProject({ name });
    const application = people.addApplication(made.project.projectId, {
      ...{ ...byHand, name: "web", dockerImage: "nginx:1.28", env: `SHOP=${name}` },
    });
    people.runApplication(application.applicationId);
  }
}
