# The controller as an image: the package that `npm pack` makes, and what it depends on. The compiler stays in a stage
# of its own. Nothing that npm installs here is compiled for one processor, so npm runs on the machine that builds, and
# the same files go into the images for amd64 and arm64. (Node.js under an emulator crashes now and then.)

FROM --platform=$BUILDPLATFORM node:24-alpine AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM --platform=$BUILDPLATFORM node:24-alpine AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without scripts: one of them would fetch a Node.js of its own, for another C library.
RUN npm ci --ignore-scripts
# What the package is made of: .dockerignore lets in nothing else.
COPY . .
# The commit that `capstan --version` names; there is no history here to ask.
ARG CAPSTAN_COMMIT=
# The image holds what the package holds.
RUN CAPSTAN_COMMIT=$CAPSTAN_COMMIT npm pack \
 && mkdir /package \
 && tar -xzf capstan-*.tgz -C /package --strip-components=1

FROM node:24-alpine
LABEL org.opencontainers.image.title="Capstan" \
      org.opencontainers.image.description="Keeps a Dokploy server in sync with a Git repository" \
      org.opencontainers.image.licenses="MIT"
# git and ssh read repositories; the state belongs to the user that runs.
RUN apk add --no-cache git openssh-client \
 && install -d -o node -g node /data \
 && ln -s /app/dist/main.js /usr/local/bin/capstan
ENV NODE_ENV=production \
    STATE_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /package ./
# uid 1000. Nothing outside /data and /tmp is written: the root file system may be read-only.
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Young objects may take 48 MiB instead of 96: less memory, and no more work.
ENTRYPOINT ["node", "--max-semi-space-size=16", "/app/dist/main.js"]
CMD ["run"]
