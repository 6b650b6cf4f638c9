# engage_exporter: building and checking. "make help" lists the targets, "make test" is what must pass.

SHELL         := bash
.SHELLFLAGS   := -euo pipefail -c
.DEFAULT_GOAL := build
# Most steps use all processors, so they run one after the other, unless a stage of "make test" says otherwise.
ifndef SIDE_BY_SIDE
.NOTPARALLEL:
endif

GO    ?= go
START := $(shell date +%s)
step   = @printf '== %3ds  %s\n' "$$(($$(date +%s) - $(START)))" '$@'

# All steps compile alike, as releases are compiled: what one has compiled, the next takes from the cache. Only the race
# detector needs cgo, and has the rest compiled for itself.
export GOFLAGS     := $(strip $(filter-out -trimpath,$(GOFLAGS)) -trimpath)
export CGO_ENABLED := 0
with_race           = CGO_ENABLED=1 $(GO) test -race -vet=off

# What the binary says of itself: nothing of the clock, the user or the machine, so that two builds of a commit give the
# same bytes. A tarball has no commit to name, and only a .git right here counts: an unpacked tarball may lie
# in the repository of something else.
git        = $(if $(wildcard .git),$(shell TZ=UTC0 git $(1) 2>/dev/null))
VERSION    = $(shell cat VERSION)
REVISION   = $(or $(call git,describe --always --abbrev=40 --exclude='*' --dirty=-modified),unknown)
BRANCH     = $(or $(call git,symbolic-ref --short HEAD),unknown)
BUILD_DATE = $(or $(call git,log -1 --format=%cd --date=format-local:%Y%m%d-%H:%M:%S),unknown)
BUILD_USER = unknown

version_package := github.com/prometheus/common/version
LDFLAGS = \
	-X $(version_package).Version=$(VERSION) \
	-X $(version_package).Revision=$(REVISION) \
	-X $(version_package).Branch=$(BRANCH) \
	-X $(version_package).BuildDate=$(BUILD_DATE) \
	-X $(version_package).BuildUser=$(BUILD_USER)

# golangci-lint compiles in a minute or two, so its binary is kept. Its own version and that of the Go that built it are
# in its name: it refuses source of a newer Go than its own.
lint_module  := github.com/golangci/golangci-lint/v2
lint_version := $(shell awk '$$1 == "$(lint_module)" { print $$2 }' tools/go.mod)
LINT         := .bin/golangci-lint-$(lint_version)-$(shell $(GO) env GOVERSION)

# The rules and the end-to-end tests run with the distribution's Prometheus and Alertmanager, and with the newest ones. Those
# are compiled once, which takes some minutes. A command that has this folder first on PATH uses them.
prometheus_version := $(shell awk '$$1 == "github.com/prometheus/prometheus" { print $$2 }' tools/prometheus/go.mod)
PROMETHEUS         := $(CURDIR)/.bin/prometheus-$(prometheus_version)
newest_prometheus   = PATH='$(PROMETHEUS)':"$$PATH"

# nfpm makes the Debian packages and the RPMs.
nfpm_version := $(shell awk '$$1 == "github.com/goreleaser/nfpm/v2" { print $$2 }' tools/release/go.mod)
NFPM         := .bin/nfpm-$(nfpm_version)

# The dashboards are made by a program in TypeScript. Who only uses them needs no node.
dashboard_modules := dashboards/src/node_modules/.package-lock.json
spelling_modules  := docs/spelling/node_modules/.package-lock.json
picture_modules   := scripts/screenshots/page/node_modules/.package-lock.json
make_dashboards    = cd dashboards/src && rm -rf build && node_modules/.bin/tsc && node build/main.js $(1) en && node build/main.js $(1)/zh zh

.PHONY: build
build: ## Compile the exporter: ./engage_exporter, static, for GOOS and GOARCH
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o engage_exporter .

IMAGE ?= engage_exporter

.PHONY: image
image: ## Build the container image IMAGE:VERSION (engage_exporter:VERSION)
	docker build $(IMAGE_FLAGS) --tag '$(IMAGE):$(VERSION)' \
		$(foreach name,GO_IMAGE BASE_IMAGE GOPROXY,$(if $($(name)),--build-arg '$(name)=$($(name))')) \
		--build-arg 'REVISION=$(REVISION)' --build-arg 'BRANCH=$(BRANCH)' \
		--build-arg 'BUILD_DATE=$(BUILD_DATE)' --build-arg 'BUILD_USER=$(BUILD_USER)' .

.PHONY: image-digests
image-digests: ## Print what the tags of the Dockerfile's images name now, to be written there
	@sed -n 's/^ARG [A-Z]*_IMAGE=\(.*\)@.*/\1/p' Dockerfile | while read -r image; do \
		printf '%s@%s\n' "$$image" "$$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$$image")"; done

# The times in the archives: that of the commit, as in the binaries. Without one, the first that a zip can hold.
SOURCE_DATE_EPOCH ?= $(or $(call git,log -1 --format=%ct),315532800)
DIST              ?= dist
PLATFORMS         ?= $(foreach os,linux darwin windows,$(os)/amd64 $(os)/arm64)

.PHONY: dist
dist: $(NFPM) ## Make the archives, packages and chart of a release, for each of PLATFORMS, and their checksums in DIST (dist/)
	@NFPM='$(CURDIR)/$(NFPM)' GO='$(GO)' VERSION='$(VERSION)' LDFLAGS='$(LDFLAGS)' SOURCE_DATE_EPOCH='$(SOURCE_DATE_EPOCH)' \
		scripts/dist.sh '$(DIST)' $(PLATFORMS)

# "make test" runs its stages one after the other; the steps that fail fast come first. soak and e2e mostly wait for
# other programs: the steps beside them take the processors that these leave idle, at a lower priority (nice), and make
# prints the output of a step when the step has ended.
stage        = +@$(MAKE) --no-print-directory START=$(START)
side_by_side = $(stage) SIDE_BY_SIDE=yes --jobs --output-sync=target

.PHONY: test
test: ## Check all and run every test
	$(stage) test-tools check-format check-modules check-licenses check-docs check-prometheus check-rules
	$(stage) vet check-platforms lint check-workflows check-dead-code check-deploy systems check-dashboards test-dashboards
	$(side_by_side) soak fuzz-briefly compile-for-race
	$(stage) test-go
	$(side_by_side) e2e faults

.PHONY: test-tools
test-tools: ## Look for the programs the tests run; install what is missing where that is possible
	$(step)
	@scripts/install-test-tools.sh

.PHONY: check-format
check-format: ## Fail if gofmt would change a file
	$(step)
	@files=$$("$$($(GO) env GOROOT)/bin/gofmt" -l $$(find . -name node_modules -prune -o -name '*.go' -print)); \
	if [[ -n $$files ]]; then printf 'not formatted (run "make fmt"):\n%s\n' "$$files" >&2; exit 1; fi

.PHONY: check-modules
check-modules: ## Fail if go.mod or go.sum is not tidy, or a downloaded module is not what go.sum says
	$(step)
	@for module in . tools tools/prometheus tools/release test/systems; do (cd "$$module" && $(GO) mod tidy -diff && $(GO) mod verify); done

.PHONY: check-licenses
check-licenses: ## Fail if THIRD_PARTY_LICENSES is not that of the modules in go.mod
	$(step)
	@$(GO) run ./scripts/licenses | diff -u THIRD_PARTY_LICENSES - || \
		{ echo 'THIRD_PARTY_LICENSES is out of date (run "make licenses")' >&2; exit 1; }

.PHONY: vet
vet: ## Run go vet
	$(step)
	@$(GO) vet ./...

# What releases are made for beside Linux. Vetting these too, tests included, takes as long again: see vet-platforms.
OTHER_PLATFORMS := windows/amd64 darwin/arm64

.PHONY: check-platforms
check-platforms: ## Compile for Windows and macOS
	$(step)
	@# The program with all that it is made of. To optimise it as well would take half as long again, and find nothing.
	@for platform in $(OTHER_PLATFORMS); do \
		GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO) build -gcflags='all=-N -l' -ldflags='-s -w' -o /dev/null .; done

.PHONY: vet-platforms
vet-platforms: ## Run go vet for Windows and macOS, tests included; not part of test
	$(step)
	@for platform in $(OTHER_PLATFORMS); do GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO) vet ./...; done

.PHONY: lint
lint: $(LINT) ## Run golangci-lint (.golangci.yml)
	$(step)
	@$(LINT) run
	@cd test/systems && '$(CURDIR)/$(LINT)' run --config='$(CURDIR)/.golangci.yml'

.PHONY: check-workflows
check-workflows: ## Let actionlint check .github/workflows
	$(step)
	@mkdir -p .bin
	@cd tools/release && $(GO) build -o ../../.bin/actionlint github.com/rhysd/actionlint/cmd/actionlint
	@.bin/actionlint -shellcheck= -pyflakes= .github/workflows/*.yml

.PHONY: check-tag
check-tag: ## Fail unless TAG is the tag of this version
	@[[ '$(TAG)' == 'v$(VERSION)' ]] || { echo "the tag is '$(TAG)', and VERSION says $(VERSION)" >&2; exit 1; }

# What only tests call is dead, but in the packages that are for tests, and for methods that packages of others call: those
# that format a value, and those that decode one of a generic type, which deadcode does not see.
.PHONY: check-dead-code
check-dead-code: ## Fail if a function is not reachable from the program
	$(step)
	@mkdir -p .bin
	@cd tools && $(GO) build -o ../.bin/deadcode golang.org/x/tools/cmd/deadcode
	@! .bin/deadcode ./... | grep -v -E \
		-e '^([a-z]+/)+[a-z]*test(kit)?/' \
		-e '\.(Format|String|MarshalJSON|MarshalYAML|UnmarshalJSONFrom)$$'

.PHONY: check-docs
check-docs: $(spelling_modules) ## Check the pages: what is generated, spelling, plain words, Chinese pages in step
	$(step)
	@$(GO) run . metrics | diff -u docs/metrics.md - && \
		$(GO) run . metrics --language=zh | diff -u docs/zh/metrics.md - || \
		{ echo 'docs/metrics.md or docs/zh/metrics.md is out of date (run "make docs")' >&2; exit 1; }
	@# A word that is right and not known goes into docs/spelling/words.txt.
	@docs/spelling/node_modules/.bin/cspell lint --no-progress --no-summary --no-gitignore \
		--config docs/spelling/cspell.json $(filter-out %.zh-CN.md %.zh.yml.example,$(wildcard *.md *.example)) \
		'docs/*.md' 'rules/*.md' 'deploy/helm/*/README.md'
	@$(GO) test -vet=off -count=1 ./docs

.PHONY: check-prometheus
check-prometheus: $(PROMETHEUS) ## Let promtool check the example for Prometheus
	$(step)
	@promtool check config prometheus.yml.example
	@$(newest_prometheus) promtool check config prometheus.yml.example

.PHONY: check-rules
check-rules: $(PROMETHEUS) ## Check the rules and the example for Alertmanager, and run the rules' tests
	$(step)
	@rules/tests/check.sh
	@$(newest_prometheus) rules/tests/check.sh
	@# Messages for DingTalk and Feishu need a newer Alertmanager than Debian's.
	@mkdir -p .bin/alertmanager.zh && cp alertmanager.zh.tmpl .bin/alertmanager.zh
	@sed '/^receivers:/,$$d' alertmanager.yml.example | cat - alertmanager.zh.yml.example > .bin/alertmanager.zh/alertmanager.yml
	@$(newest_prometheus) amtool check-config .bin/alertmanager.zh/alertmanager.yml

.PHONY: check-deploy
check-deploy: $(NFPM) ## Check systemd units, compose file, Kubernetes manifests and archives against the exporter
	$(step)
	@# They depend on files and programs that Go does not know of.
	@$(GO) test -vet=off -count=1 ./deploy

.PHONY: systems
systems: test-tools ## Let Helm, Kubernetes' types, jsonnet and VictoriaMetrics read what this repository has for them
	$(step)
	@cd test/systems && $(GO) test -vet=off -count=1 .

.PHONY: systems-update
systems-update: ## Write deploy/kubernetes, which is made of the chart, and the table of docs/compatibility.md
	cd test/systems && $(GO) test -vet=off -count=1 . -update

.PHONY: check-dashboards
check-dashboards: $(dashboard_modules) ## Fail if dashboards/*.json is not what dashboards/src makes
	$(step)
	@rm -rf .bin/dashboards && mkdir -p .bin/dashboards
	@$(call make_dashboards,../../.bin/dashboards)
	@diff -ru --exclude=src dashboards .bin/dashboards || \
		{ echo 'dashboards/*.json are out of date (run "make dashboards")' >&2; exit 1; }

.PHONY: test-dashboards
test-dashboards: check-dashboards ## Show the dashboards' panels to Grafana's own library, without data and with odd ones
	$(step)
	@cd dashboards/src && node --test --test-reporter=./build/test/reporter.js build/test/dashboards.test.js

.PHONY: test-go
test-go: $(dashboard_modules) ## Run the Go tests of all packages but e2e, deploy, soak and reliability, with the race detector
	$(step)
	@$(with_race) $$($(GO) list ./... | grep -v -e /e2e$$ -e /deploy$$ -e /soak$$ -e /reliability$$ -e /bench$$)
	@# How much memory answers take: the race detector takes much more.
	@$(GO) test -vet=off -run='^TestMemory|^FuzzMemory' ./vendors/...
	@# It waits for other processes, whose races it would not see.
	@$(GO) test -vet=off ./test/bench

# Those that start Prometheus or Alertmanager.
prometheus_tests := Prometheus|Alertmanager|ExhaustedQuota|BackfillJoins|DashboardsShow

.PHONY: e2e
e2e: test-tools $(PROMETHEUS) ## Run the tests with a real Prometheus, Alertmanager and browser
	$(step)
	@# Go does not know that these depend on the binary that they build, and would call an old success a new one.
	@$(with_race) -count=1 ./test/e2e
	@$(newest_prometheus) CGO_ENABLED=1 $(GO) test -race -vet=off -count=1 -run='$(prometheus_tests)' ./test/e2e

# test-go needs this next.
.PHONY: compile-for-race
compile-for-race:
	$(step)
	@CGO_ENABLED=1 nice -n 19 $(GO) build -race ./...

# How long the load lasts; a thousand accounts take half a minute or so to start, pause and end besides.
SOAK ?= 3m

.PHONY: soak
soak: ## Serve 1000 accounts under load for SOAK (3m), with faults and reloads: SOAK=30m for longer
	$(step)
	@$(GO) test -vet=off -count=1 -timeout=0 -v ./test/soak -length=$(SOAK)

# A minute or so on two idle cores. It does without the race detector, which takes several times as long: the packages'
# own tests run with it.
.PHONY: faults
faults: ## Let each endpoint of each vendor meet each fault, and compare the results with docs/faults.md
	$(step)
	@nice -n 19 $(GO) test -timeout=30m ./test/reliability

# How long each target runs. Go keeps the inputs that lead to new code in its cache, from one run to the next.
FUZZTIME ?= 10s

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (10s)
	GO='$(GO)' scripts/fuzz.sh '$(FUZZTIME)'

.PHONY: fuzz-briefly
fuzz-briefly: ## Run each fuzz target for two seconds
	$(step)
	@GO='$(GO)' nice -n 19 scripts/fuzz.sh 2s

.PHONY: bench
bench: ## Measure the exporter beside plain client_golang: docs/performance.md. Needs minutes and an idle machine
	@mkdir -p .bin
	$(GO) run ./test/bench > .bin/performance.md
	mv .bin/performance.md docs/performance.md

.PHONY: bench-go
bench-go: ## Run the Go benchmarks
	$(GO) test -run='^$$' -bench=. -benchmem ./...

.PHONY: vulncheck
vulncheck: ## Look for known vulnerabilities that the code can reach; asks vuln.go.dev
	@mkdir -p .bin
	cd tools && $(GO) build -o ../.bin/govulncheck golang.org/x/vuln/cmd/govulncheck
	@# It ends with 3 where it has found something, and with 1 where it could not look.
	@.bin/govulncheck $(if $(GOVULNDB),-db='$(GOVULNDB)') ./... || { status=$$?; [[ $$status == 3 ]] || \
		echo 'vulncheck has looked at nothing: it needs https://vuln.go.dev,' \
			'or a copy of it: GOVULNDB=https://… or GOVULNDB=file:///…' >&2; exit $$status; }

.PHONY: sbom
sbom: build ## Write what ./engage_exporter is made of, with versions and checksums, to DIST (dist/)
	@mkdir -p '$(DIST)'
	$(GO) version -m -json engage_exporter > '$(DIST)/engage_exporter-$(VERSION).modules.json'

.PHONY: fmt
fmt: $(LINT) ## Format the source, imports included
	$(LINT) fmt

.PHONY: docs
docs: ## Write docs/metrics.md and docs/zh/metrics.md from the metric catalogue
	@mkdir -p .bin
	$(GO) run . metrics > .bin/metrics.md
	mv .bin/metrics.md docs/metrics.md
	$(GO) run . metrics --language=zh > .bin/metrics.md
	mv .bin/metrics.md docs/zh/metrics.md

.PHONY: licenses
licenses: ## Write THIRD_PARTY_LICENSES, with the licence of each module that is linked
	@mkdir -p .bin
	$(GO) run ./scripts/licenses > .bin/licenses
	mv .bin/licenses THIRD_PARTY_LICENSES

.PHONY: screenshots
screenshots: test-tools build $(picture_modules) ## Take the pictures in docs/images again, and all of the dashboards into .bin/pictures
	$(GO) run ./scripts/screenshots

.PHONY: dashboards
dashboards: $(dashboard_modules) ## Write dashboards/*.json from dashboards/src
	$(call make_dashboards,..)

$(dashboard_modules) $(picture_modules) $(spelling_modules): %/node_modules/.package-lock.json: %/package-lock.json
	$(step)
	@# A connection that hangs is given up after a minute and tried again, instead of after five.
	@cd $* && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error \
		--prefer-offline --fetch-timeout=60000 --fetch-retries=4
	@touch $@

.PHONY: tools
tools: $(LINT) $(NFPM) $(PROMETHEUS) test-tools $(dashboard_modules) $(spelling_modules) ## Get all that the other targets run

$(LINT):
	$(step)
	@rm -f .bin/golangci-lint-*
	@cd tools && $(GO) build -o ../$@ $(lint_module)/cmd/golangci-lint

$(NFPM):
	$(step)
	@rm -f .bin/nfpm-*
	@cd tools/release && $(GO) build -o ../../$@ github.com/goreleaser/nfpm/v2/cmd/nfpm

$(PROMETHEUS):
	$(step)
	@rm -rf .bin/prometheus-*
	@GO='$(GO)' scripts/build-prometheus.sh $@

.PHONY: clean
clean: ## Remove what was built, the tools too
	rm -rf .bin dist engage_exporter dashboards/src/build dashboards/src/node_modules scripts/screenshots/page/node_modules docs/spelling/node_modules

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-17s %s\n", $$1, $$2 }' Makefile
