// Where the documentation is: at the same place in a checkout, in the package and in the image, so that the links of
// README.md lead there in all three. A build leaves it there.
import { fileURLToPath } from "node:url";

export const docsFolder = fileURLToPath(new URL("../../../src/http/public/docs/", import.meta.url));
