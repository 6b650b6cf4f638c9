# The compiler runs on the machine that builds and compiles for the one that was asked for.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
# The image would compile with its own Go alone, however old. This lets it take the one that go.mod asks for.
ENV GOTOOLCHAIN=auto
# On their own, the modules are downloaded again only when they change.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
# The context has no .git to ask: "make image" gives these.
ARG REVISION=unknown
ARG BRANCH=unknown
ARG BUILD_DATE=unknown
ARG BUILD_USER=unknown
RUN GOOS="$TARGETOS" GOARCH="$TARGETARCH" make build \
    REVISION="$REVISION" BRANCH="$BRANCH" BUILD_DATE="$BUILD_DATE" BUILD_USER="$BUILD_USER"

# No shell, no package manager; CA certificates for the vendors' HTTPS.
FROM gcr.io/distroless/static-debian12:nonroot
ARG REVISION=unknown
LABEL org.opencontainers.image.title="engage_exporter" \
      org.opencontainers.image.description="Prometheus exporter for customer-engagement services" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$REVISION"
COPY LICENSE NOTICE /
COPY --from=build /src/engage_exporter /bin/engage_exporter
# nonroot by number: Kubernetes' runAsNonRoot cannot tell from a name.
USER 65532:65532
EXPOSE 9787
# --config.file is engage.yml unless given: mounted here, it is found whatever the command and its flags.
WORKDIR /etc/engage_exporter
ENTRYPOINT ["/bin/engage_exporter"]
