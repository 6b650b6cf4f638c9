# Both images are named by digest, so that a build today and in a year begin with the same bytes. "make image-digests"
# prints what their tags name now. Where these registries are out of reach, name mirrors: docs/deployment.md.
ARG GO_IMAGE=golang:1.26.5@sha256:3aff6657219a4d9c14e27fb1d8976c49c29fddb70ba835014f477e1c70636647
ARG BASE_IMAGE=gcr.io/distroless/static-debian12:nonroot@sha256:d093aa3e30dbadd3efe1310db061a14da60299baff8450a17fe0ccc514a16639

# The compiler runs on the machine that builds and compiles for the one that was asked for.
FROM --platform=$BUILDPLATFORM $GO_IMAGE AS build
WORKDIR /src
ARG GOPROXY=https://proxy.golang.org,direct
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
FROM $BASE_IMAGE
ARG REVISION=unknown
LABEL org.opencontainers.image.title="engage_exporter" \
      org.opencontainers.image.description="Prometheus exporter for customer-engagement services" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$REVISION"
COPY LICENSE NOTICE THIRD_PARTY_LICENSES /
COPY --from=build /src/engage_exporter /bin/engage_exporter
# The user nonroot, by its number: Kubernetes cannot check runAsNonRoot with a name.
USER 65532:65532
EXPOSE 9787
# --config.file is engage.yml unless given: mounted here, it is found whatever the command and its flags.
WORKDIR /etc/engage_exporter
ENTRYPOINT ["/bin/engage_exporter"]
